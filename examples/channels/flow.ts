// The process flows: what makes a document valid, and what becomes of it. Both are XPath over the
// document.

import fontoxpath from "fontoxpath";
import { type Document, parseXmlDocument } from "slimdom";

/** A flow, as data. */
interface FlowDefinition {
  /** Each must hold; its text is the reason of a rejection. */
  readonly rules: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly numbers: Readonly<Record<string, string>>;
}

const flows: Readonly<Record<string, FlowDefinition>> = {
  orders: {
    rules: {
      "an order needs an id": "/order/@id != ''",
      "an order needs a customer": "/order/@customer != ''",
      "an order needs a line": "exists(/order/line)",
      "every line needs a quantity above zero and a price":
        "every $line in /order/line satisfies $line/@quantity > 0 and $line/@price >= 0",
    },
    texts: { id: "/order/@id", customer: "/order/@customer" },
    numbers: {
      lines: "count(/order/line)",
      totalCents: "round(100 * sum(/order/line/(@quantity * @price)))",
    },
  },
  invoices: {
    rules: {
      "an invoice needs an id": "/invoice/@id != ''",
      "an invoice needs the id of its order": "/invoice/@order != ''",
      "the net amount must not be negative": "number(/invoice/net) >= 0",
      "the tax rate must be from 0 to 100 percent":
        "number(/invoice/@tax) >= 0 and number(/invoice/@tax) <= 100",
    },
    texts: { id: "/invoice/@id", order: "/invoice/@order" },
    numbers: {
      netCents: "round(100 * /invoice/net)",
      totalCents: "round(/invoice/net * (100 + /invoice/@tax))",
    },
  },
};

/** What a flow made of a document. */
export type FlowResult =
  | { readonly valid: true; readonly result: Readonly<Record<string, string | number>> }
  | { readonly valid: false; readonly reasons: readonly string[] };

/**
 * A process flow: the text of a document to what becomes of it. Never throws: what a document makes
 * a rule or a path stumble over is a reason to reject it. Anything thrown would end the channel,
 * and the same document would end its successor on every server.
 */
export type Flow = (text: string) => FlowResult;

/** The flow of a channel. Throws when there is none of that name. */
export function createFlow(channel: string): Flow {
  const flow = flows[channel];
  if (flow === undefined) throw new Error(`Cannot run "${channel}": no such process flow`);
  return (text) => {
    const parsed = attempt("no XML", () => parseXmlDocument(text));
    if (!parsed.isDone) return { valid: false, reasons: [parsed.reason] };
    const reasons = brokenRules(flow, parsed.value);
    return reasons.length > 0 ? { valid: false, reasons } : transform(flow, parsed.value);
  };
}

function brokenRules(flow: FlowDefinition, document: Document): string[] {
  return Object.entries(flow.rules).flatMap(([reason, rule]) => {
    const kept = attempt(reason, () => fontoxpath.evaluateXPathToBoolean(rule, document));
    if (!kept.isDone) return [kept.reason];
    return kept.value ? [] : [reason];
  });
}

function transform(flow: FlowDefinition, document: Document): FlowResult {
  const texts = Object.entries(flow.texts).map(([key, path]) => {
    return [key, attempt(key, () => fontoxpath.evaluateXPathToString(path, document))] as const;
  });
  const numbers = Object.entries(flow.numbers).map(([key, path]) => {
    return [key, attempt(key, () => finiteNumber(path, document))] as const;
  });
  const results = [...texts, ...numbers];
  const reasons = results.flatMap(([, each]) => (each.isDone ? [] : [each.reason]));
  if (reasons.length > 0) return { valid: false, reasons };
  const entries = results.flatMap(([key, each]) =>
    each.isDone ? [[key, each.value] as const] : [],
  );
  return { valid: true, result: Object.fromEntries(entries) };
}

// "INF" is a number to XPath, but JSON has none for it.
function finiteNumber(path: string, document: Document): number {
  const value = fontoxpath.evaluateXPathToNumber(path, document);
  if (Number.isFinite(value)) return value;
  throw new Error("it is no finite number");
}

type Attempt<T> =
  | { readonly isDone: true; readonly value: T }
  | { readonly isDone: false; readonly reason: string };

function attempt<T>(what: string, work: () => T): Attempt<T> {
  try {
    return { isDone: true, value: work() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { isDone: false, reason: `${what}: ${reason}` };
  }
}

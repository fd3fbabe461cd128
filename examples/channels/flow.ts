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

/** A process flow: the text of a document to what becomes of it. Never throws. */
export type Flow = (text: string) => FlowResult;

/** The flow of a channel. Throws when there is none of that name. */
export function createFlow(channel: string): Flow {
  const flow = flows[channel];
  if (flow === undefined) throw new Error(`Cannot run "${channel}": no such process flow`);
  return (text) => {
    let document: Document;
    try {
      document = parseXmlDocument(text);
    } catch (error) {
      return {
        valid: false,
        reasons: [`no XML: ${error instanceof Error ? error.message : String(error)}`],
      };
    }
    const reasons = Object.entries(flow.rules).flatMap(([reason, rule]) =>
      fontoxpath.evaluateXPathToBoolean(rule, document) ? [] : [reason],
    );
    if (reasons.length > 0) return { valid: false, reasons };
    const result: Record<string, string | number> = {};
    for (const [key, path] of Object.entries(flow.texts)) {
      result[key] = fontoxpath.evaluateXPathToString(path, document);
    }
    for (const [key, path] of Object.entries(flow.numbers)) {
      result[key] = fontoxpath.evaluateXPathToNumber(path, document);
    }
    return { valid: true, result };
  };
}

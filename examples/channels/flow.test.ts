import { expect, test } from "vitest";
import { createFlow } from "./flow.ts";

test("an order becomes its totals in cents", () => {
  const text = `<order id="o-1" customer="c-9">
    <line quantity="3" price="19.99"/><line quantity="1" price="0.10"/>
  </order>`;
  const result = { id: "o-1", customer: "c-9", lines: 2, totalCents: 6007 };
  expect(createFlow("orders")(text)).toEqual({ valid: true, result });
});

test("an invoice is taxed", () => {
  const text = `<invoice id="i-1" order="o-1" tax="20"><net>10.00</net></invoice>`;
  const result = { id: "i-1", order: "o-1", netCents: 1000, totalCents: 1200 };
  expect(createFlow("invoices")(text)).toEqual({ valid: true, result });
});

test("a document that breaks rules is rejected with every reason", () => {
  const text = `<order id="o-1"><line quantity="0" price="1"/></order>`;
  expect(createFlow("orders")(text)).toEqual({
    valid: false,
    reasons: ["an order needs a customer", "every line needs a quantity above zero and a price"],
  });
});

const order = (line: string) => `<order id="o-1" customer="c-9"><line ${line}/></order>`;
const invoice = (net: string) => `<invoice id="i-1" order="o-1" tax="20">${net}</invoice>`;

test.each([
  ["what is no XML", "orders", "<order", /^no XML: /],
  ["a text as a quantity", "orders", order('quantity="abc" price="1"'), /^every line .*abc/],
  ["an infinite quantity", "orders", order('quantity="INF" price="1"'), /^totalCents: .*finite/],
  ["a total beyond numbers", "orders", order('quantity="1e308" price="1e9"'), /^totalCents: /],
  ["two amounts where one is meant", "invoices", invoice("<net>1</net><net>2</net>"), /^the net/],
  ["an infinite amount", "invoices", invoice("<net>INF</net>"), /^netCents: .*finite/],
  ["nesting beyond the stack", "invoices", nested(20_000), /^the net amount/],
  ["entities that explode", "orders", explosion(), /^no XML: .*expansion/],
])("poison is rejected with a reason, not thrown: %s", (_, channel, text, reason) => {
  const outcome = createFlow(channel)(text);
  expect(outcome.valid ? [] : outcome.reasons).toContainEqual(expect.stringMatching(reason));
});

function nested(levels: number): string {
  return invoice(`<net>${"<a>".repeat(levels)}1${"</a>".repeat(levels)}</net>`);
}

function explosion(): string {
  const tenTimes = (of: string, as: string) => `<!ENTITY ${as} "${`&${of};`.repeat(10)}">`;
  const entities = ["ab", "bc", "cd", "de", "ef", "fg"].map(([of = "", as = ""]) => {
    return tenTimes(of, as);
  });
  return `<!DOCTYPE order [<!ENTITY a "aaaaaaaaaa">${entities.join("")}]><order id="&g;"/>`;
}

test("a channel without a flow is refused", () => {
  expect(() => createFlow("payments")).toThrow('Cannot run "payments": no such process flow');
});

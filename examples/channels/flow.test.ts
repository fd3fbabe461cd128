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

test("what is no XML is rejected, not thrown", () => {
  expect(createFlow("orders")("<order")).toMatchObject({ valid: false });
});

test("a channel without a flow is refused", () => {
  expect(() => createFlow("payments")).toThrow('Cannot run "payments": no such process flow');
});

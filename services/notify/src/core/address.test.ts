import { expect, test } from "vitest";
import { parseAddress, uniqueMailboxes } from "./address.ts";

test.each([
  ["ops@example.org", { name: "", address: "ops@example.org" }],
  [" ops@example.org ", { name: "", address: "ops@example.org" }],
  ["<ops@example.org>", { name: "", address: "ops@example.org" }],
  ["Operations <ops@example.org>", { name: "Operations", address: "ops@example.org" }],
  ['"Smith, Anna" <a.smith@example.org>', { name: "Smith, Anna", address: "a.smith@example.org" }],
  ['"A \\"B\\" C" <abc@example.org>', { name: 'A "B" C', address: "abc@example.org" }],
  ["Jürgen Groß <jg@example.org>", { name: "Jürgen Groß", address: "jg@example.org" }],
  ["Ops+Night@Example.ORG", { name: "", address: "Ops+Night@example.org" }],
  ["root@localhost", { name: "", address: "root@localhost" }],
  ["ops@[127.0.0.1]", { name: "", address: "ops@[127.0.0.1]" }],
  ["ops@xn--bcher-kva.example", { name: "", address: "ops@xn--bcher-kva.example" }],
])("%j is an address", (text, address) => {
  expect(parseAddress(text)).toEqual({ isValid: true, address });
});

test.each([
  "",
  "ops",
  "@example.org",
  "ops@",
  "ops@example.org, eve@example.org",
  "ops@example.org eve@example.org",
  "a@b@example.org",
  "Ops <ops@example.org> <eve@example.org>",
  "Smith, Anna <anna@example.org>",
  "group: ops@example.org;",
  "ops@example..org",
  ".ops@example.org",
  "ops(comment)@example.org",
  "ops@-example.org",
  "<@relay.example:ops@example.org>",
  `${"x".repeat(65)}@example.org`,
  `ops@${"x.".repeat(126)}example`,
])("%j is no address", (text) => {
  expect(parseAddress(text).isValid).toBe(false);
});

test.each([
  "ops@example.org\r\nBcc: eve@example.org",
  "ops@example.org\nSubject: x",
  "Ops\r\nBcc: eve@example.org <ops@example.org>",
  '"Ops\r\n" <ops@example.org>',
  "ops@example.org\0",
  "ops@example.org\r\n",
  "Ops\u2028 <ops@example.org>",
])("%j smuggles nothing into the headers", (text) => {
  expect(parseAddress(text)).toEqual({
    isValid: false,
    because: "must not hold control characters",
  });
});

test("who is named twice gets one copy", () => {
  const anna = { name: "Anna", address: "anna@example.org" };
  const ben = { name: "", address: "ben@example.org" };
  const unique = uniqueMailboxes([anna, ben], [{ ...anna, name: "" }]);
  expect(unique).toEqual(["anna@example.org", "ben@example.org"]);
});

import { expect, test } from "vitest";
import type { Email, TemplateValues } from "./core/email.ts";
import { fingerprintOf, messageIdOf } from "./identity.ts";

const email: Email = {
  key: "k",
  to: [{ name: "", address: "a@example.org" }],
  cc: [],
  thread: "",
  content: { kind: "template", name: "signal", values: { a: 1, b: { c: [1, 2] } } },
};

const withValues = (values: TemplateValues): Email => ({
  ...email,
  content: { kind: "template", name: "signal", values },
});

test("a Message-ID depends on key and store, and on nothing else", () => {
  const origin = { storeId: "s1", domain: "example.org" };
  expect(messageIdOf("k", origin)).toMatch(/^<[0-9a-f]{32}@example\.org>$/);
  expect(messageIdOf("k", origin)).toBe(messageIdOf("k", { ...origin }));
  expect(messageIdOf("k2", origin)).not.toBe(messageIdOf("k", origin));
  expect(messageIdOf("k", { ...origin, storeId: "s2" })).not.toBe(messageIdOf("k", origin));
});

test("the order of a Struct's keys says nothing", () => {
  expect(fingerprintOf(withValues({ b: { c: [1, 2] }, a: 1 }))).toBe(fingerprintOf(email));
});

test.each([
  ["values", withValues({ a: 2, b: { c: [1, 2] } })],
  ["the order of a list", withValues({ a: 1, b: { c: [2, 1] } })],
  ["a list for a map", withValues({ a: 1, b: [["c", [1, 2]]] })],
  ["a recipient's name", { ...email, to: [{ name: "A", address: "a@example.org" }] }],
  ["a copy for a recipient", { ...email, to: [], cc: email.to }],
  ["the thread", { ...email, thread: "t" }],
  [
    "written for template",
    { ...email, content: { kind: "written", subject: "", text: "", html: "" } as const },
  ],
])("other %s is other content", (_what, other) => {
  expect(fingerprintOf(other)).not.toBe(fingerprintOf(email));
});

// The document that a flow decides on holds what a server says of itself, and nothing that a server
// says makes it another document, or no document at all.

import fc from "fast-check";
import { expect, test } from "vitest";
import { writeSignalDocument } from "../../services/monitor/src/core/signal-document.ts";
import { evaluateSwitch } from "../../services/monitor/src/flow/xpath.ts";
import { patienceMs, tryOut } from "./campaign.fixture.ts";
import { hostileText } from "./hostile-text.fixture.ts";

const runsUsual = 500;

const facts = fc.record({
  serverId: fc.constantFrom("primary-1", "a"),
  host: hostileText,
  signal: fc.constantFrom("LIVE", "DEAD", "CLOSE"),
  term: fc.bigInt({ min: 0n, max: 2n ** 64n }),
  wallMs: fc.integer({ min: 0, max: 4e12 }),
  reason: fc.constantFrom("signal", "failback", "switchover"),
});

test(
  "whatever host a server tells, a document is what it was written from",
  async () => {
    await tryOut(facts, runsUsual, (each) => {
      const document = writeSignalDocument(each);
      const read = (expression: string) => evaluateSwitch(expression, document);
      expect(read("/signal")).toBe(each.signal);
      expect(read("/signal/@server")).toBe(each.serverId);
      expect(read("/signal/@term")).toBe(String(each.term));
      expect(read("string(count(//*))")).toBe("1");
      expect(read("string(count(/signal/@*))")).toBe(each.reason === "signal" ? "4" : "5");
      // XML reads a line break in an attribute as a blank; what it cannot hold was left out.
      expect(read("/signal/@host").length).toBeLessThanOrEqual(each.host.length);
    });
  },
  patienceMs(runsUsual),
);

test.each([
  ["an entity that explodes", explosion()],
  ["a file of this machine", '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><s>&a;</s>'],
  ["a page of the network", '<!DOCTYPE s SYSTEM "http://127.0.0.1:1/s.dtd"><s>&a;</s>'],
  ["no end", "<s>".repeat(10_000)],
])("a document with %s is an error or holds nothing of it", (_, document) => {
  expect(textOf(document)).toMatch(/^fails on a signal document: |^$/);
});

function textOf(document: string): string {
  try {
    return evaluateSwitch("/s", document);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

function explosion(): string {
  const entities = Array.from({ length: 12 }, (_, level) => {
    const below = level === 0 ? "ha" : `&e${level - 1};`;
    return `<!ENTITY e${level} "${below.repeat(10)}">`;
  });
  return `<!DOCTYPE s [${entities.join("")}]><s>&e11;</s>`;
}

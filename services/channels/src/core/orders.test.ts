import { expect, test } from "vitest";
import { judgeOrder, resolveNames } from "./orders.ts";

const order = (term: bigint, journalId = "j") => ({ serverId: "a", term, journalId });

test("a higher term is newer whatever its journal, a lower one is stale", () => {
  expect(judgeOrder(order(1n), undefined)).toBe("newer");
  expect(judgeOrder(order(3n, "other"), order(2n))).toBe("newer");
  expect(judgeOrder(order(1n), order(2n))).toBe("stale");
});

test("an equal term counts only under its own journal", () => {
  expect(judgeOrder(order(2n), order(2n))).toBe("equal");
  expect(judgeOrder(order(2n, "other"), order(2n))).toBe("stale");
});

const channels = new Map(
  [
    { name: "orders", protectedBy: "a" },
    { name: "orders-b", protectedBy: "b" },
    { name: "reports", protectedBy: undefined },
  ].map((definition) => [definition.name, { definition }]),
);

test("an order reaches only channels that its server protects", () => {
  expect(resolveNames(["*"], channels, "a")).toEqual([{ name: "orders" }]);
  expect(resolveNames(["o*", "reports", "gone"], channels, "a")).toEqual([
    { name: "orders", refusedBecause: undefined },
    { name: "reports", refusedBecause: "NOT_PROTECTED" },
    { name: "gone", refusedBecause: "UNKNOWN_CHANNEL" },
  ]);
});

test("without an order every channel can be named, each once", () => {
  const names = resolveNames(["orders-b", "*"], channels, undefined).map((each) => each.name);
  expect(names).toEqual(["orders-b", "orders", "reports"]);
});

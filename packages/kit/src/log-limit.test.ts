import { expect, test } from "vitest";
import { freshMs, LogLimit } from "./log-limit.ts";

test("the same line is told once in its span, and again after it", () => {
  const limit = new LogLimit();
  const told = [0, 1, freshMs - 1, freshMs, freshMs + 1].map((nowMs) => limit.mayTell("a", nowMs));
  expect(told).toEqual([true, false, false, true, false]);
});

test("however different the lines are, there is an end to them in each span", () => {
  const limit = new LogLimit();
  const tell = (nowMs: number) =>
    Array.from({ length: 1000 }, (_, line) => limit.mayTell(`${nowMs} ${line}`, nowMs));
  expect(tell(0).filter(Boolean)).toHaveLength(100);
  expect(tell(1).filter(Boolean)).toHaveLength(0);
  expect(tell(freshMs).filter(Boolean)).toHaveLength(100);
});

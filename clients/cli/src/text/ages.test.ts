import { toDuration } from "@hot-backup/kit/duration.ts";
import { expect, test } from "vitest";
import { printBetween, printInstant, printSpan, printTime } from "./ages.ts";

test.each([
  [-5, "0.00 s"],
  [120, "0.12 s"],
  [1250, "1.3 s"],
  [59_999, "59 s"],
  [60_000, "1 m"],
  [252_000, "4 m 12 s"],
  [3_600_000, "1 h"],
  [11_100_000, "3 h 5 m"],
  [187_200_000, "2 d 4 h"],
])("%d ms is %s", (ms, text) => {
  expect(printSpan(ms)).toBe(text);
});

test("an instant is told in UTC, and what is missing is no instant", () => {
  expect(printInstant(new Date("2026-11-22T18:41:07.999Z"))).toBe("2026-11-22 18:41:07Z");
  expect(printInstant(undefined)).toBe("-");
  expect(printBetween(undefined, new Date(0))).toBe("-");
});

test.each([
  [0.557, "0.557 ms"],
  [999, "999 ms"],
  [1620, "1.62 s"],
  [60_000, "60 s"],
])("%d ms that was measured is %s", (ms, text) => {
  expect(printTime(toDuration(ms))).toBe(text);
});

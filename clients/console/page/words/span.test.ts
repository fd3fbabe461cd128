import { expect, test } from "vitest";
import { printLength, printRoundTrip, printSpan } from "./span.ts";

test.each([
  [-5, "0.00 s"],
  [350, "0.35 s"],
  [4249, "4.2 s"],
  [12_900, "12 s"],
  [252_000, "4 m 12 s"],
  [240_000, "4 m"],
  [11_100_000, "3 h 5 m"],
  [187_200_000, "2 d 4 h"],
])("%d ms ago is %s", (ms, text) => {
  expect(printSpan(ms)).toBe(text);
});

test.each([
  [750, "750 ms"],
  [1000, "1 s"],
  [1500, "1.5 s"],
  [600_000, "10 m"],
])("a length of %d ms is %s", (ms, text) => {
  expect(printLength(ms)).toBe(text);
});

test.each([
  [0.618, "0.62 ms"],
  [12.4, "12 ms"],
  [1234, "1.2 s"],
])("a round trip of %d ms is %s", (ms, text) => {
  expect(printRoundTrip(ms)).toBe(text);
});

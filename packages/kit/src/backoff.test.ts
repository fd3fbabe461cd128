import { expect, test } from "vitest";
import { pauseMs } from "./backoff.ts";

const backoff = { firstMs: 100, maxMs: 5000 };
const full = 1 - Number.EPSILON;

test("each pause is twice as long as the one before, up to the maximum", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => pauseMs(backoff, failures, full));
  expect(pauses.map(Math.round)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test("chance makes a pause between half and all of its length", () => {
  expect(pauseMs(backoff, 3, 0)).toBe(200);
  expect(pauseMs(backoff, 3, 0.5)).toBe(300);
  expect(pauseMs(backoff, 3, full)).toBeCloseTo(400);
});

test("any number of failures gives a pause within the maximum", () => {
  for (const failures of [31, 100, 5000, Number.MAX_SAFE_INTEGER]) {
    expect(pauseMs(backoff, failures, full)).toBeLessThanOrEqual(backoff.maxMs);
  }
});

test("a first pause above the maximum is cut to it", () => {
  expect(pauseMs({ firstMs: 9000, maxMs: 5000 }, 1, full)).toBeCloseTo(5000);
});

// Figures are judged and printed as they are.

import { expect, test } from "vitest";
import { isReached, type Measurement, median, percentile, printMeasurement } from "./report.ts";

const measurement: Measurement = {
  letter: "x",
  title: "a title",
  figures: [
    { name: "free", value: 1234.5, unit: "us" },
    { name: "bound", value: 1.25, unit: "x", goalMax: 1.25 },
  ],
  notes: ["a note"],
};

test("a percentile is the value at its nearest rank", () => {
  const values = [5, 1, 4, 2, 3];
  expect(percentile(values, 0.5)).toBe(3);
  expect(percentile(values, 0.99)).toBe(5);
  expect(percentile(values, 0)).toBe(1);
  expect(median([2, 1])).toBe(1);
  expect(percentile([], 0.5)).toBeNaN();
});

test("a goal is reached up to its bound and missed beyond it, or without a value", () => {
  const withBound = (value: number): Measurement => ({
    ...measurement,
    figures: [{ name: "bound", value, unit: "x", goalMax: 1.25 }],
  });
  expect(isReached(measurement)).toBe(true);
  expect(isReached(withBound(1.26))).toBe(false);
  expect(isReached(withBound(Number.NaN))).toBe(false);
});

test("a missed goal is told as missed", () => {
  expect(printMeasurement(measurement)).toContain("goal: at most 1.25 x: reached");
  const missed = { ...measurement, figures: [{ name: "n", value: 2, unit: "ms", goalMax: 1 }] };
  expect(printMeasurement(missed)).toContain("2 ms   goal: at most 1 ms: MISSED");
});

import { expect, test } from "vitest";
import { toDuration, toMilliseconds } from "./duration.ts";

test.each([
  [0, 0n, 0],
  [1, 0n, 1_000_000],
  [1500, 1n, 500_000_000],
  [0.000001, 0n, 1],
  [-1500, -1n, -500_000_000],
  [-1, 0n, -1_000_000],
  [2 ** 53 - 1, 9_007_199_254_740n, 991_000_000],
])("%d ms has its seconds and nanoseconds", (milliseconds, seconds, nanos) => {
  expect(toDuration(milliseconds)).toEqual({ seconds, nanos });
});

test("nanoseconds that round to a whole second are carried, whatever the sign", () => {
  expect(toDuration(1999.9999999)).toEqual({ seconds: 2n, nanos: 0 });
  expect(toDuration(-1999.9999999)).toEqual({ seconds: -2n, nanos: 0 });
});

test.each([0, 1, -1, 0.25, 1500, -1500, 86_400_000, 31_536_000_000_000, -999.999])(
  "%d ms survives the way over the wire and back",
  (milliseconds) => {
    expect(toMilliseconds(toDuration(milliseconds))).toBeCloseTo(milliseconds, 6);
  },
);

test("seconds and nanoseconds never have different signs", () => {
  for (const milliseconds of [-1999.9999999, -1000.5, -0.5, 0.5, 1000.5, 1999.9999999]) {
    const { seconds, nanos } = toDuration(milliseconds);
    expect(Number(seconds) * nanos).toBeGreaterThanOrEqual(0);
  }
});

test("an absent duration stays absent", () => {
  expect(toMilliseconds(undefined)).toBeUndefined();
});

test("what is no number of milliseconds is refused", () => {
  expect(() => toDuration(Number.NaN)).toThrow(RangeError);
  expect(() => toDuration(Number.POSITIVE_INFINITY)).toThrow(RangeError);
});

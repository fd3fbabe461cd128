import { expect, test } from "vitest";
import {
  breakGap,
  bucketEndMs,
  bucketOf,
  gapsOf,
  newArrivals,
  noteArrival,
  outageMs,
} from "./arrivals.ts";
import { newLiveness, noteGood, restartThreshold } from "./liveness.ts";

const dayMs = 86_400_000;

test("every gap is in the bucket that ends at it or above, within five percent", () => {
  for (let gapMs = 1.01; gapMs < outageMs; gapMs *= 1.013) {
    const bucket = bucketOf(gapMs);
    expect(bucketEndMs(bucket)).toBeGreaterThanOrEqual(gapMs);
    expect(bucketEndMs(bucket - 1)).toBeLessThanOrEqual(gapMs * 1.000001);
    expect(bucketEndMs(bucket) / gapMs).toBeLessThan(1.05);
  }
  expect([0, 0.2, 1, Number.NaN].map(bucketOf)).toEqual([0, 0, 0, 0]);
});

test("gaps are counted with their sum, their squares and the longest", () => {
  const arrivals = newArrivals(0);
  for (const gapMs of [1, 100, 300, 200]) noteArrival(arrivals, gapMs, 0);
  const { samples, sumMs, sumOfSquares, longestMs, counts } = gapsOf(arrivals);
  const squares = 100 * 100 + 300 * 300 + 200 * 200;
  expect({ samples, sumMs, sumOfSquares, longestMs }).toEqual({
    samples: 3,
    sumMs: 600,
    sumOfSquares: squares,
    longestMs: 300,
  });
  expect(counts[bucketOf(300)]).toBe(1);
  expect(arrivals).toMatchObject({ goodCount: 4, lastGapMs: 200, totalMs: 600 });
});

test("a heartbeat after a break counts, and begins the next gap only", () => {
  const arrivals = newArrivals(0);
  noteArrival(arrivals, 0, 0);
  breakGap(arrivals);
  noteArrival(arrivals, 9000, 0);
  noteArrival(arrivals, 100, 0);
  expect(gapsOf(arrivals)).toMatchObject({ samples: 1, longestMs: 100 });
  expect(arrivals.goodCount).toBe(3);
});

test("a gap of more than a minute is an outage, and no gap", () => {
  const arrivals = newArrivals(0);
  noteArrival(arrivals, 0, 0);
  noteArrival(arrivals, outageMs + 1, 0);
  expect(gapsOf(arrivals)).toMatchObject({ samples: 0, outages: 1, longestMs: 0 });
});

test("what was measured is forgotten after two days, and not before one", () => {
  const arrivals = newArrivals(0);
  noteArrival(arrivals, 0, 0);
  noteArrival(arrivals, 500, 1);
  noteArrival(arrivals, 100, dayMs + 1);
  expect(gapsOf(arrivals)).toMatchObject({ samples: 2, longestMs: 500 });
  noteArrival(arrivals, 100, 2 * dayMs + 2);
  expect(gapsOf(arrivals)).toMatchObject({ samples: 2, longestMs: 100 });
  expect(arrivals.totalMs).toBe(700);
});

test("time in which the monitor stood still is no part of a gap", () => {
  const liveness = newLiveness(0);
  noteGood(liveness, 100, 0);
  noteGood(liveness, 900, 700);
  expect(liveness.arrivals.lastGapMs).toBe(100);
});

test("a threshold that counts anew begins no gap", () => {
  const liveness = newLiveness(0);
  noteGood(liveness, 100, 0);
  restartThreshold(liveness, 5000, 0);
  noteGood(liveness, 5010, 0);
  expect(gapsOf(liveness.arrivals).samples).toBe(0);
});

// The advice against heartbeats of which the truth is known: what it promises must hold, and must
// not be bought with a threshold far longer than needed.

import { describe, expect, test } from "vitest";
import { type ArrivalModel, collect, models } from "./arrival-models.fixture.ts";
import { gapsOf, newArrivals, noteArrival } from "./arrivals.ts";
import { yearMs } from "./advice-words.ts";
import { countAtMost } from "./gap-tail.ts";
import {
  type AdviceInput,
  adviseThreshold,
  longestLeaseMs,
  samplesMin,
} from "./threshold-advice.ts";

const settings = {
  protection: "lease",
  thresholdMs: 1000,
  leaseMs: 750,
  leaseMarginMs: 50,
  clockDriftPercent: 0.1,
} as const;

const seeds = Array.from({ length: 8 }, (_, index) => index + 1);

function inputOf(model: ArrivalModel, given: { seed: number; perYear: number; count?: number }) {
  const { seed, perYear, count = 20_000 } = given;
  const gaps = collect(model, { count, seed });
  const { intervalMs } = model;
  return { gaps, settings, intervalMs, roundTripMs: 1, falseDeadPerYear: perYear };
}

/** False DEAD a year that a threshold really gives. */
function trueRate(model: ArrivalModel, thresholdMs: number): number {
  return (model.tail(thresholdMs) * yearMs) / model.meanMs;
}

/** The shortest threshold that really keeps a rate, and is one: three intervals. */
function shortest(model: ArrivalModel, perYear: number): number {
  let thresholdMs = 3 * model.intervalMs;
  while (trueRate(model, thresholdMs) > perYear) thresholdMs += 1;
  return thresholdMs;
}

function regular(count: number, gapMs = 100) {
  const arrivals = newArrivals(0);
  for (let index = 0; index <= count; index += 1) noteArrival(arrivals, gapMs, index * gapMs);
  return gapsOf(arrivals);
}

function adviseRegular(count: number, fields: Partial<AdviceInput> = {}) {
  const told = { settings, intervalMs: 100, roundTripMs: 1, falseDeadPerYear: 1 };
  return adviseThreshold({ gaps: regular(count), ...told, ...fields });
}

describe.each(models)("heartbeats that come $name", (model) => {
  test.each([1, 365.25])("the advised threshold keeps a rate of %d a year", (perYear) => {
    for (const seed of seeds) {
      const { advised } = adviseThreshold(inputOf(model, { seed, perYear }));
      expect(advised?.falseDeadPerYearAtMost).toBeLessThanOrEqual(perYear);
      expect(trueRate(model, advised?.thresholdMs ?? 0)).toBeLessThanOrEqual(perYear);
    }
  });

  test("it is not far longer than needed once there are many heartbeats", () => {
    for (const seed of seeds) {
      const input = inputOf(model, { seed, perYear: 1, count: 200_000 });
      const { advised } = adviseThreshold(input);
      expect(advised?.thresholdMs).toBeLessThanOrEqual(2 * shortest(model, 1));
    }
  });

  test("what a threshold in the range of the measured gives is told as it was measured", () => {
    const thresholdMs = 3 * model.intervalMs;
    const input = inputOf(model, { seed: 1, perYear: 1, count: 200_000 });
    const given = { ...input, settings: { ...settings, thresholdMs, leaseMs: 100 } };
    const { present } = adviseThreshold(given);
    expect(present?.falseDeadPerYearAtMost).toBeGreaterThanOrEqual(trueRate(model, thresholdMs));
  });
});

test("an exponential tail is told within a factor of two where enough gaps were measured", () => {
  const [model] = models;
  if (model === undefined) throw new Error("there is no model");
  const input = inputOf(model, { seed: 3, perYear: 1, count: 200_000 });
  const { present } = adviseThreshold({ ...input, settings: { ...settings, thresholdMs: 700 } });
  const rate = (present?.falseDeadPerYear ?? 0) / trueRate(model, 700);
  expect(rate).toBeGreaterThan(0.5);
  expect(rate).toBeLessThan(2);
});

test("a thousand heartbeats are needed, and it says so", () => {
  const few = adviseRegular(samplesMin - 1);
  expect(few).toMatchObject({ samples: 999, present: undefined, choices: [], advised: undefined });
  expect(few.text).toBe("Too few heartbeats for advice: 999 gaps, and a thousand are needed");
  expect(adviseRegular(samplesMin).advised).toBeDefined();
});

test("no heartbeat at all is too few", () => {
  const gaps = gapsOf(newArrivals(0));
  expect(adviseRegular(0, { gaps })).toMatchObject({ samples: 0, advised: undefined });
});

test("regular heartbeats on a short way ask for three intervals, and not for less", () => {
  expect(adviseRegular(20_000).advised).toMatchObject({ thresholdMs: 300 });
});

test("it says what is measured and what is a model", () => {
  const { advised, text } = adviseRegular(20_000);
  expect(advised?.basis).toBe("a model of the tail: no gap was so long");
  // The rule of three: 2.97 in 2000 seconds.
  expect(text).toContain("promise no fewer false DEAD than 46843 times a year");
  expect(text).toContain("20000 gaps in 33 min");
  const short = { ...settings, thresholdMs: 100 };
  const { present } = adviseRegular(20_000, { settings: short });
  expect(present?.basis).toContain("measured: 20000 gaps");
});

test("the longest lease of a threshold keeps R4, and a longer one does not", () => {
  for (const thresholdMs of [300, 333, 1000, 5000, 60_000]) {
    const leaseMs = longestLeaseMs(thresholdMs, settings);
    const driftMs = thresholdMs * 0.001;
    expect(leaseMs + 50 + driftMs).toBeLessThan(thresholdMs);
    expect(leaseMs + 1 + 50 + driftMs).toBeGreaterThanOrEqual(thresholdMs);
  }
});

test("a threshold whose lease would not outlive a lost heartbeat is not advised", () => {
  const slow = { ...settings, leaseMarginMs: 200 };
  const { advised } = adviseRegular(20_000, { settings: slow });
  expect(advised?.thresholdMs).toBeGreaterThan(400);
  expect(advised?.leaseMs).toBeGreaterThanOrEqual(200);
});

test("without protection no lease is told, and none stands in the way", () => {
  const none = { ...settings, protection: "none", leaseMarginMs: 200 } as const;
  const { advised, present } = adviseRegular(20_000, { settings: none });
  expect(advised).toMatchObject({ thresholdMs: 300, leaseMs: undefined });
  expect(present?.leaseEndedPerYear).toBeUndefined();
});

test("detection takes the threshold and the way, less half an interval on average", () => {
  const { present } = adviseRegular(20_000, { roundTripMs: 40 });
  expect(present).toMatchObject({ detectionMs: 1000 + 20 - 50, detectionWorstMs: 1040 });
});

test("an interval that nobody told is taken to be the mean gap", () => {
  const { advised } = adviseRegular(20_000, { intervalMs: Number.NaN, roundTripMs: Number.NaN });
  expect(advised).toMatchObject({ thresholdMs: 300, detectionMs: 250 });
});

test("other rates are told beside the one asked for, the shortest threshold first", () => {
  const [model] = models;
  if (model === undefined) throw new Error("there is no model");
  const { choices, advised } = adviseThreshold(inputOf(model, { seed: 1, perYear: 50 }));
  const thresholds = choices.map(({ thresholdMs }) => thresholdMs);
  expect(thresholds).toHaveLength(5);
  expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b));
  expect(choices).toContainEqual(advised);
});

test("a rate that no threshold of up to a minute keeps has no advice", () => {
  const arrivals = newArrivals(0);
  for (let index = 0; index < 3000; index += 1) {
    noteArrival(arrivals, index % 3 === 0 ? 50_000 : 100, index);
  }
  const { advised, text } = adviseRegular(0, { gaps: gapsOf(arrivals) });
  expect(advised).toBeUndefined();
  expect(text).toContain("No threshold of up to a minute promises once a year at most");
});

test("the bound on a count is that of the Poisson distribution", () => {
  // Exact values, from the quantiles of the chi-square distribution.
  const exact = [
    [0, 2.996],
    [1, 4.744],
    [5, 10.513],
    [20, 29.062],
    [100, 118.08],
  ] as const;
  for (const [count, bound] of exact) expect(countAtMost(count) / bound).toBeCloseTo(1, 1);
});

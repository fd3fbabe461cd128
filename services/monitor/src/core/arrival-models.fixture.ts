// Ways in which heartbeats come, with what is true of them: how often a gap is longer than a length
// is known from the formula, and not from what was drawn.

import { type Gaps, gapsOf, newArrivals, noteArrival } from "./arrivals.ts";

/** Heartbeats of one kind. */
export interface ArrivalModel {
  readonly name: string;
  readonly intervalMs: number;
  readonly meanMs: number;
  draw(chance: () => number): number;
  /** Part of all gaps that is longer. */
  tail(lengthMs: number): number;
}

const jitterMs = 1;

export const models: readonly ArrivalModel[] = [
  {
    name: "exponential",
    intervalMs: 100,
    meanMs: 100,
    draw: (chance) => exponential(chance, 100),
    tail: (lengthMs) => Math.exp(-lengthMs / 100),
  },
  {
    name: "normal",
    intervalMs: 200,
    meanMs: 200,
    draw: (chance) => 200 + 10 * normal(chance),
    tail: (lengthMs) => normalTail((lengthMs - 200) / 10),
  },
  {
    name: "lossy",
    intervalMs: 100,
    meanMs: 100 / 0.98,
    draw: (chance) => {
      let gapMs = 100 + jitterMs * normal(chance);
      while (chance() < 0.02) gapMs += 100;
      return gapMs;
    },
    tail: (lengthMs) => {
      let part = 0;
      for (let lost = 0; lost < 40; lost += 1) {
        part += 0.98 * 0.02 ** lost * normalTail((lengthMs - 100 * (lost + 1)) / jitterMs);
      }
      return part;
    },
  },
  {
    name: "bursty",
    intervalMs: 100,
    meanMs: 101,
    draw: (chance) =>
      chance() < 0.005 ? 100 + exponential(chance, 200) : 100 + jitterMs * normal(chance),
    tail: (lengthMs) =>
      0.005 * Math.exp(-Math.max(0, lengthMs - 100) / 200) +
      0.995 * normalTail((lengthMs - 100) / jitterMs),
  },
];

/** What a monitor remembers of so many of them. */
export function collect(model: ArrivalModel, given: { count: number; seed: number }): Gaps {
  const chance = chanceFrom(given.seed);
  const arrivals = newArrivals(0);
  let nowMs = 0;
  noteArrival(arrivals, 0, nowMs);
  for (let index = 0; index < given.count; index += 1) {
    const gapMs = model.draw(chance);
    nowMs += gapMs;
    noteArrival(arrivals, gapMs, nowMs);
  }
  return gapsOf(arrivals);
}

// mulberry32: small, and the same on every machine.
function chanceFrom(seed: number): () => number {
  let state = Math.imul(seed, 7919);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function exponential(chance: () => number, meanMs: number): number {
  return -meanMs * Math.log(1 - chance());
}

function normal(chance: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}

// Abramowitz and Stegun 26.2.17, and the asymptotic series where that is too coarse.
function normalTail(deviations: number): number {
  if (deviations < 0) return 1 - normalTail(-deviations);
  const density = Math.exp((-deviations * deviations) / 2) / Math.sqrt(2 * Math.PI);
  if (deviations > 4) return (density / deviations) * (1 - 1 / (deviations * deviations));
  const t = 1 / (1 + 0.2316419 * deviations);
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return density * series;
}

// How often a gap between heartbeats is longer than a threshold: as far as it was measured by
// counting, and beyond by a model of the tail.
//
// The model: beyond some length a gap ends with the same chance in each moment, as where something
// waits in a queue, or in each interval, as where heartbeats are lost independently of each other
// (the p_L of Chen, Toueg and Aguilera, IEEE Trans. Computers 51(5), 2002). The normal distribution
// of Hayashibara et al., "The phi accrual failure detector" (SRDS 2004), has too light a tail for
// what a scheduler or a retransmission does. Nobody knows where the tail begins: it is fitted above
// every length that enough gaps exceed. There the better of the two fits counts, and of all lengths
// the worst.

import { bucketEndMs, bucketOf, type Gaps } from "./arrivals.ts";

/** So many longer gaps tell their mean to a seventh. */
const exceedancesMin = 50;

/** So few are believed where they contradict what lies below them: they are all there is. */
const contradictingMin = 5;

/** The tail is no more than this part of all gaps: what is common says nothing of what is rare. */
const tailPart = 0.1;

/** One-sided quantiles of the normal distribution, for a confidence of 95 % and of 99.9 %. */
const z95 = 1.645;
const z999 = 3.09;

/** Losses are counted over a little more than an interval, so that jitter makes none of one two. */
const stepIntervals = 1.25;

/** Part of all gaps that are longer than a length. */
export interface Exceeding {
  readonly expected: number;
  /** Not exceeded with a confidence of 95 %, if gaps are independent and the model holds. */
  readonly atMost: number;
  /** Gaps that were measured to be longer. */
  readonly measured: number;
}

/** The tail above one length: which part of all gaps is longer, and how fast that part shrinks. */
interface Fit {
  readonly aboveMs: number;
  readonly count: number;
  readonly part: number;
  readonly partAtMost: number;
  readonly meanExcessMs: number;
  /** Time in which it shrinks to 1/e: expected, and at most. */
  readonly decayMs: number;
  readonly decayAtMostMs: number;
}

export interface GapTail {
  readonly samples: number;
  /** Gaps in each bucket and all longer ones. */
  readonly countsFrom: readonly number[];
  readonly fits: readonly Fit[];
}

/** Fits the tail of at least `exceedancesMin` gaps. */
export function fitTail(gaps: Gaps, intervalMs: number): GapTail {
  const { counts, samples, longestMs } = gaps;
  const countsFrom = sumFromEnd(counts);
  // Each gap is taken for the longest of its bucket: the side on which no promise breaks.
  const sumsFromMs = sumFromEnd(
    counts.map((count, bucket) => count * Math.min(bucketEndMs(bucket), longestMs)),
  );
  const given = { countsFrom, sumsFromMs, samples, intervalMs };
  const fits: Fit[] = [];
  for (let bucket = counts.length - 1; bucket >= 0; bucket -= 1) {
    if (counts[bucket] === 0) continue;
    // Above what is in the bucket, and above what is shorter.
    fits.push(...fitAbove(bucket + 1, given), ...fitAbove(bucket, given));
  }
  return { samples, countsFrom, fits: believable(fits) };
}

/** Which part of all gaps is longer than this. */
export function exceeding(tail: GapTail, lengthMs: number): Exceeding {
  // Nobody knows where in its bucket a gap was, so that all of the bucket counts as longer.
  const measured = tail.countsFrom[bucketOf(lengthMs)] ?? 0;
  let expected = measured / tail.samples;
  let atMost = measured === 0 ? 0 : countAtMost(measured) / tail.samples;
  for (const fit of tail.fits) {
    const beyondMs = lengthMs - fit.aboveMs;
    if (beyondMs < 0) continue;
    expected = Math.max(expected, fit.part * Math.exp(-beyondMs / fit.decayMs));
    atMost = Math.max(atMost, fit.partAtMost * Math.exp(-beyondMs / fit.decayAtMostMs));
  }
  return { expected: Math.min(1, expected), atMost: Math.min(1, atMost), measured };
}

/**
 * What the mean of a Poisson count does not exceed with a confidence of 95 %, when so many were
 * counted: the approximation of Wilson and Hilferty, within 2 % of the exact value (3 for none).
 */
export function countAtMost(count: number): number {
  const next = count + 1;
  return next * (1 - 1 / (9 * next) + z95 / (3 * Math.sqrt(next))) ** 3;
}

interface Measured {
  readonly countsFrom: readonly number[];
  readonly sumsFromMs: readonly number[];
  readonly samples: number;
  readonly intervalMs: number;
}

function fitAbove(bucket: number, given: Measured): readonly Fit[] {
  const { countsFrom, sumsFromMs, samples, intervalMs } = given;
  const count = countsFrom[bucket] ?? 0;
  if (count < contradictingMin) return [];
  const aboveMs = bucketEndMs(bucket - 1);
  const meanExcessMs = (sumsFromMs[bucket] ?? 0) / count - aboveMs;
  const stepMs = intervalMs * stepIntervals;
  const longer = countsFrom[bucketOf(aboveMs + stepMs)] ?? 0;
  return [
    {
      aboveMs,
      count,
      part: count / samples,
      partAtMost: countAtMost(count) / samples,
      meanExcessMs,
      decayMs: Math.min(meanExcessMs, decayOf(stepMs, longer / count)),
      decayAtMostMs: Math.min(
        meanExcessMs / shareOf(count, -z95),
        decayOf(stepMs, countAtMost(longer) / count),
      ),
    },
  ];
}

// Time to 1/e when this part is left after each step.
function decayOf(stepMs: number, part: number): number {
  return part >= 1 ? Number.POSITIVE_INFINITY : stepMs / -Math.log(part);
}

// The mean of so many exponential times as a share of the true one, at a quantile: that of the
// gamma distribution, by Wilson and Hilferty.
function shareOf(count: number, z: number): number {
  return (1 - 1 / (9 * count) + z / (3 * Math.sqrt(count))) ** 3;
}

// The longest gaps are too few to be told from chance, unless their mean cannot be that of the tail
// below them.
function believable(fits: readonly Fit[]): readonly Fit[] {
  const base = fits.find(({ count }) => count >= exceedancesMin);
  return fits.filter((fit) => {
    if (fit === base || base === undefined) return true;
    if (fit.count >= exceedancesMin) return fit.part <= tailPart;
    return fit.meanExcessMs / shareOf(fit.count, z999) > base.meanExcessMs;
  });
}

function sumFromEnd(numbers: readonly number[]): readonly number[] {
  const sums = numbers.map(() => 0);
  for (let index = numbers.length - 1; index >= 0; index -= 1) {
    sums[index] = (numbers[index] ?? 0) + (sums[index + 1] ?? 0);
  }
  return sums;
}

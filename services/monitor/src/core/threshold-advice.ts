// Which threshold the heartbeats of a server ask for: from the gaps between them, how often a
// threshold would be passed by a server that lives, and how long a death would go unnoticed.
//
// The two figures are those of Chen, Toueg and Aguilera, "On the Quality of Service of Failure
// Detectors" (IEEE Trans. Computers 51(5), 2002): mistake recurrence time T_MR and detection time
// T_D. A detector that waits for a threshold after the last heartbeat makes a mistake with each gap
// that is longer, so that by renewal T_MR is the mean gap divided by the part of longer gaps.

import type { Gaps } from "./arrivals.ts";
import { adviceInWords, basisOf, yearMs } from "./advice-words.ts";
import { exceeding, fitTail, type GapTail } from "./gap-tail.ts";
import type { ServerSettings } from "./server-settings.ts";

/** Fewer gaps say nothing of rare ones. */
export const samplesMin = 1000;

/** Two heartbeats may be lost: a threshold that one lost heartbeat passes is none. */
const intervalsMin = 3;

/** Rates that are told besides the one asked for: one a day, a month, a year, in ten years. */
const toldPerYear = [365.25, 12, 1, 0.1];

/** Thresholds that people write into a file. */
const thresholdsMs: readonly number[] = [
  ...range({ fromMs: 50, toMs: 1000, stepMs: 10 }),
  ...range({ fromMs: 1000, toMs: 5000, stepMs: 50 }),
  ...range({ fromMs: 5000, toMs: 60_000, stepMs: 500 }),
];

export interface AdviceInput {
  readonly gaps: Gaps;
  readonly settings: Pick<
    ServerSettings,
    "protection" | "thresholdMs" | "leaseMs" | "leaseMarginMs" | "clockDriftPercent"
  >;
  /** Interval between heartbeats and their round trip, as the server told. NaN: it has not. */
  readonly intervalMs: number;
  readonly roundTripMs: number;
  /** How many times a year a false DEAD is acceptable. */
  readonly falseDeadPerYear: number;
}

/** What one threshold gives. */
export interface ThresholdChoice {
  readonly thresholdMs: number;
  /** The lease that goes with it. Undefined: the server is not protected by one. */
  readonly leaseMs: number | undefined;
  readonly detectionMs: number;
  readonly detectionWorstMs: number;
  readonly falseDeadPerYear: number;
  readonly falseDeadPerYearAtMost: number;
  /** How often a year the lease would end although the server lives. */
  readonly leaseEndedPerYear: number | undefined;
  readonly basis: string;
}

export interface ThresholdAdvice {
  readonly samples: number;
  readonly overMs: number;
  /** NaN without a gap. */
  readonly meanMs: number;
  readonly deviationMs: number;
  readonly longestMs: number;
  readonly outages: number;
  /** Undefined: too few heartbeats. */
  readonly present: ThresholdChoice | undefined;
  readonly choices: readonly ThresholdChoice[];
  readonly advised: ThresholdChoice | undefined;
  readonly text: string;
}

export function adviseThreshold(input: AdviceInput): ThresholdAdvice {
  const { gaps, settings } = input;
  const { samples, sumMs, sumOfSquares, longestMs, outages } = gaps;
  const meanMs = sumMs / samples;
  const deviationMs = Math.sqrt(Math.max(0, sumOfSquares / samples - meanMs * meanMs));
  const measured = { samples, overMs: sumMs, meanMs, deviationMs, longestMs, outages };
  const nothing = { present: undefined, choices: [], advised: undefined };
  if (samples < samplesMin) {
    return { ...measured, ...nothing, text: adviceInWords({ ...measured, ...nothing }, input) };
  }
  const beatMs = Number.isNaN(input.intervalMs) ? meanMs : input.intervalMs;
  const tail = fitTail(gaps, beatMs);
  const { thresholdMs } = settings;
  const leaseMs = settings.protection === "lease" ? settings.leaseMs : undefined;
  const present = choose(input, { tail, meanMs, thresholdMs, leaseMs });
  const found = findThresholds(input, { tail, meanMs });
  const choices = found.flatMap(({ choice }) => choice ?? []);
  const told = new Map(choices.map((each) => [each.thresholdMs, each]));
  const asked = found.find(({ perYear }) => perYear === input.falseDeadPerYear);
  const advice = {
    ...measured,
    present,
    choices: [...told.values()].toSorted((a, b) => a.thresholdMs - b.thresholdMs),
    advised: asked?.choice,
  };
  return { ...advice, text: adviceInWords(advice, input) };
}

/** The longest lease that a threshold allows (R4). Not positive: it allows none. */
export function longestLeaseMs(
  thresholdMs: number,
  settings: Pick<ServerSettings, "leaseMarginMs" | "clockDriftPercent">,
): number {
  const driftMs = (thresholdMs * settings.clockDriftPercent) / 100;
  return Math.ceil(thresholdMs - settings.leaseMarginMs - driftMs) - 1;
}

// The shortest threshold for each rate: one pass upwards, since longer ones are passed less often.
function findThresholds(input: AdviceInput, given: { tail: GapTail; meanMs: number }) {
  const rates = [...new Set([...toldPerYear, input.falseDeadPerYear])].toSorted((a, b) => b - a);
  const found: { perYear: number; choice: ThresholdChoice | undefined }[] = [];
  for (const thresholdMs of thresholdsMs) {
    if (!isAllowed(thresholdMs, input, given.meanMs)) continue;
    const { atMost } = exceeding(given.tail, thresholdMs);
    while (found.length < rates.length) {
      const perYear = rates[found.length] ?? 0;
      if ((atMost * yearMs) / given.meanMs > perYear) break;
      const isLeased = input.settings.protection === "lease";
      const leaseMs = isLeased ? longestLeaseMs(thresholdMs, input.settings) : undefined;
      found.push({ perYear, choice: choose(input, { ...given, thresholdMs, leaseMs }) });
    }
  }
  return found;
}

// A lease must outlive a heartbeat that is lost, or it ends under a server that lives.
function isAllowed(
  thresholdMs: number,
  { settings, intervalMs }: AdviceInput,
  meanMs: number,
): boolean {
  const beatMs = Number.isNaN(intervalMs) ? meanMs : intervalMs;
  if (thresholdMs < intervalsMin * beatMs) return false;
  if (settings.protection === "none") return true;
  return longestLeaseMs(thresholdMs, settings) >= (intervalsMin - 1) * beatMs;
}

function choose(
  input: AdviceInput,
  given: { tail: GapTail; meanMs: number; thresholdMs: number; leaseMs: number | undefined },
): ThresholdChoice {
  const { tail, meanMs, thresholdMs, leaseMs } = given;
  const { expected, atMost, measured } = exceeding(tail, thresholdMs);
  const perYear = yearMs / meanMs;
  const beatMs = Number.isNaN(input.intervalMs) ? meanMs : input.intervalMs;
  const roundTripMs = Number.isNaN(input.roundTripMs) ? 0 : input.roundTripMs;
  const ended = leaseMs === undefined ? undefined : exceeding(tail, leaseMs).expected * perYear;
  return {
    thresholdMs,
    leaseMs,
    // Who dies does so half an interval after the last heartbeat on average, which then still has
    // its way to go; at worst right after it was sent.
    detectionMs: thresholdMs + roundTripMs / 2 - beatMs / 2,
    detectionWorstMs: thresholdMs + roundTripMs,
    falseDeadPerYear: expected * perYear,
    falseDeadPerYearAtMost: atMost * perYear,
    leaseEndedPerYear: ended,
    basis: basisOf(measured),
  };
}

function range({ fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number }) {
  const count = (toMs - fromMs) / stepMs;
  return Array.from({ length: count }, (_, index) => fromMs + index * stepMs);
}

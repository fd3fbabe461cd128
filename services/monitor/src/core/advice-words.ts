// The advice on a threshold in words: what was measured, what a model adds to it, and what nobody
// can know from so few heartbeats.

import { countAtMost } from "./gap-tail.ts";
import type { AdviceInput, ThresholdAdvice, ThresholdChoice } from "./threshold-advice.ts";

export const yearMs = 365.25 * 86_400_000;

/** What the figures of one threshold rest on. `measured`: gaps about as long, or longer. */
export function basisOf(measured: number): string {
  if (measured === 0) return "a model of the tail: no gap was so long";
  const gaps = measured === 1 ? "gap was" : "gaps were";
  return `measured: ${measured} ${gaps} about as long or longer`;
}

/** All of it in a few sentences. */
export function adviceInWords(advice: Omit<ThresholdAdvice, "text">, input: AdviceInput): string {
  const { samples, overMs, present, advised } = advice;
  if (present === undefined) {
    return `Too few heartbeats for advice: ${samples} gaps, and a thousand are needed`;
  }
  const { meanMs, deviationMs, longestMs } = advice;
  const asked = timesAYear(input.falseDeadPerYear);
  const sentences = [
    `${samples} gaps in ${inWords(overMs)}: mean ${inWords(meanMs)}, ` +
      `deviation ${inWords(deviationMs)}, longest ${inWords(longestMs)}`,
    `The threshold of ${choiceInWords(present)}`,
    advised === undefined
      ? `No threshold of up to a minute promises ${asked} at most`
      : `For at most ${asked} the shortest is ${choiceInWords(advised)}`,
    "Without the model so few heartbeats promise no fewer false DEAD than " +
      timesAYear(unseenPerYear(advice)),
    "It holds as long as the machines and the network stay as they were meanwhile",
  ];
  if (advice.outages > 0) {
    const { outages } = advice;
    const gaps = outages === 1 ? "gap of more than a minute is" : "gaps of more than a minute are";
    sentences.push(`${outages} ${gaps} taken for outages and not counted`);
  }
  return `${sentences.join(". ")}.`;
}

// What is still possible of a gap that was not measured, with a confidence of 95 %.
function unseenPerYear({ overMs }: Pick<ThresholdAdvice, "overMs">): number {
  return (countAtMost(0) * yearMs) / overMs;
}

function choiceInWords(choice: ThresholdChoice): string {
  const { thresholdMs, leaseMs, falseDeadPerYear, falseDeadPerYearAtMost, basis } = choice;
  const lease = leaseMs === undefined ? "" : ` with a lease of ${inWords(leaseMs)}`;
  const rate = timesAYear(falseDeadPerYear);
  const most = timesAYear(falseDeadPerYearAtMost);
  return (
    `${inWords(thresholdMs)}${lease}: false DEAD ${rate} expected, ${most} at most (95 %), ` +
    `a death noticed after ${inWords(choice.detectionMs)} on average, ` +
    `${inWords(choice.detectionWorstMs)} at worst; ${basis}`
  );
}

/** "12 times a year", "once in 40 years". */
function timesAYear(perYear: number): string {
  if (perYear >= 10) return `${Math.round(perYear)} times a year`;
  if (perYear > 1) return `${perYear.toFixed(1)} times a year`;
  if (perYear === 1) return "once a year";
  if (perYear >= 0.001) return `once in ${(1 / perYear).toFixed(perYear > 0.1 ? 1 : 0)} years`;
  return "less than once in 1000 years";
}

function inWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(3))} ms`;
  if (milliseconds < 120_000) return `${Number((milliseconds / 1000).toPrecision(3))} s`;
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Number((minutes / 60).toFixed(1))} h`;
}

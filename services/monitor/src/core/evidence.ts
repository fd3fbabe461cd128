// What a decision was based on: kept with signals and lines of history, for whoever asks why.

import { whyNotGood } from "./answer.ts";
import { recentGapsMs } from "./liveness.ts";
import { longestStallMs, type StallMeter } from "./stall-meter.ts";
import type { Watched } from "./watched.ts";

/** What a monitor knew of the heartbeats of a server at an instant. */
export interface Evidence {
  /** Time since the last good heartbeat. Undefined: there was none since the monitor started. */
  readonly sinceGoodMs: number | undefined;
  /** Gaps between the good heartbeats before, newest first. */
  readonly gapsMs: readonly number[];
  /** Longest stall of the monitor itself in the minute before. */
  readonly stallMs: number;
  /** Why the last heartbeat was not good. Empty: it was, or there was none. */
  readonly notGood: string;
  readonly thresholdMs: number;
  /** Good heartbeats in this life of the monitor. */
  readonly goodCount: number;
}

export function gatherEvidence(watched: Watched, stall: StallMeter, nowMs: number): Evidence {
  const { liveness, settings } = watched;
  return {
    sinceGoodMs: liveness.hasGood ? nowMs - liveness.lastGoodMs : undefined,
    gapsMs: recentGapsMs(liveness),
    stallMs: longestStallMs(stall),
    notGood: whyNotGood(liveness.lastVerdict),
    thresholdMs: settings.thresholdMs,
    goodCount: liveness.arrivals.goodCount,
  };
}

/** In one line, for people. */
export function evidenceInWords(evidence: Evidence): string {
  const { sinceGoodMs, gapsMs, stallMs, notGood, thresholdMs } = evidence;
  const gaps = gapsMs.map((gapMs) => inWords(gapMs, 0));
  const facts = [
    sinceGoodMs === undefined
      ? "no good heartbeat since the monitor started"
      : `last good heartbeat ${inWords(sinceGoodMs, 1)} before`,
    `gaps before it, newest first: ${gaps.length === 0 ? "none" : gaps.join(", ")}`,
    `threshold: ${thresholdMs} ms`,
    `longest stall of the monitor: ${stallMs.toFixed(0)} ms`,
  ];
  if (notGood !== "") facts.push(`the last heartbeat was not good: ${notGood}`);
  return facts.join("; ");
}

// Below it, parts of a second are what a threshold is compared with; beyond it nobody reads them.
const readableMs = 10_000;

function inWords(spanMs: number, digits: number): string {
  if (spanMs < readableMs) return `${spanMs.toFixed(digits)} ms`;
  return `${(spanMs / 1000).toFixed(1)} s`;
}

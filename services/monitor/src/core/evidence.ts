// What a decision about silence was based on, in words: kept with the signal, for whoever asks why.

import { whyNotGood } from "./answer.ts";
import { recentGapsMs } from "./liveness.ts";
import { longestStallMs, type StallMeter } from "./stall-meter.ts";
import type { Watched } from "./watched.ts";

export function evidenceOf(watched: Watched, stall: StallMeter, nowMs: number): string {
  const { liveness } = watched;
  const gaps = recentGapsMs(liveness).map((gapMs) => `${gapMs.toFixed(0)} ms`);
  const facts = [
    liveness.hasGood
      ? `last good heartbeat ${(nowMs - liveness.lastGoodMs).toFixed(1)} ms before`
      : "no good heartbeat since the monitor started",
    `gaps before it, newest first: ${gaps.length === 0 ? "none" : gaps.join(", ")}`,
    `longest stall of the monitor: ${longestStallMs(stall).toFixed(0)} ms`,
  ];
  const last = whyNotGood(liveness.lastVerdict);
  if (last !== "") facts.push(`the last heartbeat was not good: ${last}`);
  return facts.join("; ");
}

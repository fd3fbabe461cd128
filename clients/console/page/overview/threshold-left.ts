// What is left of the threshold until DEAD, at any instant between two words of the monitor.

import type { PulseView } from "../../src/view/pulse.ts";
import { silenceMs } from "../stream/silence.ts";
import { printSpan } from "../words/span.ts";

export type ThresholdLeft =
  /** DEAD comes when nothing is left. */
  | { readonly kind: "counting"; readonly leftMs: number; readonly share: number }
  /** Silent for so long, and nothing would be declared now: it is, or must not be. */
  | { readonly kind: "silent"; readonly silentMs: number; readonly share: number }
  | { readonly kind: "never"; readonly share: 0 };

export function thresholdLeft(
  pulse: PulseView | undefined,
  { ageMs, thresholdMs }: { readonly ageMs: number; readonly thresholdMs: number },
): ThresholdLeft {
  if (pulse === undefined) return { kind: "never", share: 0 };
  const { timeToDeadMs } = pulse;
  if (timeToDeadMs !== undefined) {
    const leftMs = Math.max(0, timeToDeadMs - ageMs);
    return { kind: "counting", leftMs, share: shareOf(leftMs, thresholdMs) };
  }
  const silentMs = silenceMs(pulse, ageMs);
  if (!Number.isFinite(silentMs)) return { kind: "never", share: 0 };
  return { kind: "silent", silentMs, share: shareOf(thresholdMs - silentMs, thresholdMs) };
}

export function printSilence(left: ThresholdLeft): string {
  switch (left.kind) {
    case "counting":
      return left.leftMs === 0 ? "DEAD is due" : `${printSpan(left.leftMs)} to DEAD`;
    case "silent":
      return `last heard ${printSpan(left.silentMs)} ago`;
    case "never":
      return "never heard";
  }
}

// The wait may be longer than the threshold: after a start of the monitor, or a stall.
function shareOf(leftMs: number, thresholdMs: number): number {
  return thresholdMs <= 0 ? 0 : Math.min(1, Math.max(0, leftMs / thresholdMs));
}

// Measures how long the monitor itself stood still, so that it does not blame a server for its own
// stall. Invariant: somebody observes at least every `observedEveryMs`; a longer gap was a stall.

/** How often the loop observes. */
export const observedEveryMs = 50;

/** Lateness that is the ordinary noise of a busy machine, not a stall. */
const noiseMs = 50;

/** A running total. Mutable: it is observed for every heartbeat. */
export interface StallMeter {
  observedMs: number;
  /** All stalls so far, in milliseconds. */
  totalMs: number;
  /** Longest stall of the current and of the last minute, for people. */
  longestMs: number;
  longestBeforeMs: number;
  minuteBeganMs: number;
}

export function newStallMeter(nowMs: number): StallMeter {
  return { observedMs: nowMs, totalMs: 0, longestMs: 0, longestBeforeMs: 0, minuteBeganMs: nowMs };
}

/** Notes that the process runs at this instant. */
export function observe(meter: StallMeter, nowMs: number): void {
  const stallMs = nowMs - meter.observedMs - observedEveryMs;
  meter.observedMs = nowMs;
  if (nowMs - meter.minuteBeganMs >= 60_000) {
    meter.longestBeforeMs = meter.longestMs;
    meter.longestMs = 0;
    meter.minuteBeganMs = nowMs;
  }
  if (stallMs <= noiseMs) return;
  meter.totalMs += stallMs;
  meter.longestMs = Math.max(meter.longestMs, stallMs);
}

/** Longest stall of the last one to two minutes. */
export function longestStallMs(meter: StallMeter): number {
  return Math.max(meter.longestMs, meter.longestBeforeMs);
}

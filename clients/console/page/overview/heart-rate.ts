// How many good heartbeats come per second, from a count that is told four times a second.

import type { PulseView } from "../../src/view/pulse.ts";

/** Long enough that a rate of one per second is steady, short enough to show what happens. */
const windowMs = 5000;

export interface HeartRate {
  /** Takes a pulse and tells how many heartbeats are new in it. */
  hear(pulse: PulseView): number;
  /** Undefined: not known yet. */
  perSecond(gatewayMs: number): number | undefined;
}

interface Count {
  readonly atMs: number;
  readonly good: number;
}

export function createHeartRate(): HeartRate {
  let counts: Count[] = [];
  return {
    hear: ({ heardAtMs, sinceGoodMs, goodHeartbeats }) => {
      // Counted at the heartbeat itself: what the telling adds would make the rate tremble.
      const atMs = heardAtMs - (sinceGoodMs ?? 0);
      const before = counts.at(-1);
      // A monitor that was started again counts from nothing.
      if (before !== undefined && goodHeartbeats < before.good) counts = [];
      if (before?.good === goodHeartbeats) return 0;
      counts = [
        ...counts.filter((each) => atMs - each.atMs <= windowMs),
        { atMs, good: goodHeartbeats },
      ];
      return before === undefined || goodHeartbeats < before.good
        ? 1
        : goodHeartbeats - before.good;
    },
    perSecond: (gatewayMs) => {
      const [first, last] = [counts.at(0), counts.at(-1)];
      if (first === undefined || last === undefined || first === last) return undefined;
      if (gatewayMs - last.atMs > windowMs) return 0;
      const spanMs = last.atMs - first.atMs;
      return spanMs <= 0 ? undefined : ((last.good - first.good) * 1000) / spanMs;
    },
  };
}

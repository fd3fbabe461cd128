// How long a server has not been heard.

import type { PulseView } from "../../src/view/pulse.ts";

/** Infinite: never. `ageMs` is how old the pulse is. */
export function silenceMs({ sinceGoodMs }: PulseView, ageMs: number): number {
  return sinceGoodMs === undefined ? Number.POSITIVE_INFINITY : sinceGoodMs + ageMs;
}

// Time as the page counts it: how long ago something arrived. Its own steady clock only; no clock
// of a server is compared with it.

import { signal } from "@preact/signals";

/** Often enough that no age on the page is wrong by more than its last digit. */
const tickMs = 500;

/** The present instant, for ages in words. What moves on the screen reads `nowMs` by itself. */
export const tick = signal(nowMs());
setInterval(() => {
  tick.value = nowMs();
}, tickMs);

export function nowMs(): number {
  return performance.now();
}

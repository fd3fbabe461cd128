// The timers of a Node process, behind the port.

import type { Timers } from "./ports.ts";

/** setTimeout takes no more than this; a longer wait wakes early, and its owner looks again. */
const delayMaxMs = 2 ** 31 - 1;

export const nodeTimers: Timers = {
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, Math.min(delayMaxMs, Math.ceil(delayMs)));
    return { cancel: () => clearTimeout(timer) };
  },
  // One turn may have begun before the input came; the poll phase of the next one reads it.
  afterInput: (wake) => {
    setImmediate(() => setImmediate(wake));
  },
};

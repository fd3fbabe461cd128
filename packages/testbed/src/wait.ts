// Waiting on conditions instead of guessing how long something takes. Every wait has a bound.

import { setTimeout as pause } from "node:timers/promises";

/** What a wait may take, and how often it looks. */
export interface WaitOptions {
  readonly withinMs: number;
  /** Default 20. */
  readonly everyMs?: number;
}

/**
 * Waits until `probe` returns something other than undefined or false, and returns it. A probe that
 * throws counts as "not yet". Rejects after `withinMs` with what was waited for and the last error.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const deadlineMs = performance.now() + options.withinMs;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadlineMs) {
      const why = lastError instanceof Error ? `: ${lastError.message}` : "";
      throw new Error(`Gave up after ${options.withinMs} ms: ${what}${why}`, { cause: lastError });
    }
    await pause(options.everyMs ?? 20);
  }
}

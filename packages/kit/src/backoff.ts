// Pauses between attempts: each twice as long as the one before, up to a maximum, with jitter so
// that many clients that failed together do not come back together.

/** How long pauses get. Both in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Pause before the next attempt, in milliseconds.
 * @param failures attempts that have failed so far, from 1
 * @param chance a number from 0 up to 1; the pause is between half and all of its nominal length
 */
export function pauseMs(backoff: Backoff, failures: number, chance: number): number {
  const doublings = Math.min(failures - 1, 30);
  const nominal = Math.min(backoff.maxMs, backoff.firstMs * 2 ** doublings);
  return nominal * (0.5 + chance / 2);
}

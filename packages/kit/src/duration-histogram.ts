// Counts durations by buckets, on paths that are taken for every heartbeat: to count one is a walk
// over a few numbers and two additions, and makes nothing.

/** Durations in milliseconds. Mutable: everything counted stays. */
export interface DurationHistogram {
  /** Upper bounds of the buckets, rising; what is longer than the last has a bucket of its own. */
  readonly boundsMs: readonly number[];
  /** One more than bounds; not cumulative. */
  readonly counts: Float64Array;
  sumMs: number;
}

export function newDurationHistogram(boundsMs: readonly number[]): DurationHistogram {
  return { boundsMs, counts: new Float64Array(boundsMs.length + 1), sumMs: 0 };
}

/** Counts one duration. */
export function countDuration(histogram: DurationHistogram, durationMs: number): void {
  const { boundsMs, counts } = histogram;
  let bucket = 0;
  // What is no number ends up in the last bucket: no comparison holds with it.
  while (bucket < boundsMs.length && !(durationMs <= (boundsMs[bucket] ?? 0))) bucket += 1;
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  // A clock that was set back must not let a sum fall, nor what is no number end it.
  if (durationMs > 0) histogram.sumMs += durationMs;
}

/** Calls within one machine or one network, and writes to a disk. */
export const quickBoundsMs: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

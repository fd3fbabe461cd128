// What the good heartbeats of one server tell of the way that they come: how many, how far apart,
// and a histogram of the gaps. Noted for every good heartbeat: nothing is allocated, and what was
// measured is forgotten after one to two days, so that a way that has changed is seen as it is.

/** Buckets for each doubling of a gap: one is 4.4 % wide. */
const bucketsPerDoubling = 16;

/** From 1 ms, which also takes all that is shorter, to 65,536 ms. */
export const bucketCount = 16 * bucketsPerDoubling;

/** Longer gaps are outages, which a takeover is for: no threshold is meant to sit them out. */
export const outageMs = 60_000;

/** How long gaps are collected before those of the time before are forgotten. */
const halfMs = 86_400_000;

/** The gaps of one half of the time that is remembered. */
interface Half {
  beganMs: number;
  samples: number;
  sumMs: number;
  sumOfSquares: number;
  longestMs: number;
  outages: number;
  readonly counts: Uint32Array;
}

/** Mutable: it is changed by every good heartbeat. */
export interface Arrivals {
  /** Good heartbeats in this life of the monitor. */
  goodCount: number;
  /** The last gap. NaN: there is none. */
  lastGapMs: number;
  /** Whether the heartbeat before does not count as the beginning of a gap. */
  isBroken: boolean;
  newer: Half;
  older: Half;
  /** Gaps of this life of the monitor by bucket, and their sum, for who only counts upwards. */
  readonly totalCounts: Float64Array;
  totalMs: number;
}

/** Measured gaps, of the last one to two days. */
export interface Gaps {
  readonly samples: number;
  /** All gaps together: the time in which they were measured. */
  readonly sumMs: number;
  readonly sumOfSquares: number;
  readonly longestMs: number;
  /** Gaps that were too long to count as one. */
  readonly outages: number;
  /** By bucket. */
  readonly counts: readonly number[];
}

export function newArrivals(nowMs: number): Arrivals {
  return {
    goodCount: 0,
    lastGapMs: Number.NaN,
    isBroken: true,
    newer: newHalf(nowMs),
    older: newHalf(nowMs),
    totalCounts: new Float64Array(bucketCount),
    totalMs: 0,
  };
}

function newHalf(nowMs: number): Half {
  const counts = new Uint32Array(bucketCount);
  return {
    beganMs: nowMs,
    samples: 0,
    sumMs: 0,
    sumOfSquares: 0,
    longestMs: 0,
    outages: 0,
    counts,
  };
}

/**
 * Notes a good heartbeat, `gapMs` after the good one before it. Time in which the monitor stood
 * still is no part of a gap.
 */
export function noteArrival(arrivals: Arrivals, gapMs: number, nowMs: number): void {
  arrivals.goodCount += 1;
  if (arrivals.isBroken) {
    arrivals.isBroken = false;
    return;
  }
  arrivals.lastGapMs = gapMs;
  if (nowMs - arrivals.newer.beganMs >= halfMs) rotate(arrivals, nowMs);
  const half = arrivals.newer;
  if (gapMs > outageMs) {
    half.outages += 1;
    return;
  }
  const bucket = bucketOf(gapMs);
  half.samples += 1;
  half.sumMs += gapMs;
  half.sumOfSquares += gapMs * gapMs;
  if (gapMs > half.longestMs) half.longestMs = gapMs;
  half.counts[bucket] = (half.counts[bucket] ?? 0) + 1;
  arrivals.totalCounts[bucket] = (arrivals.totalCounts[bucket] ?? 0) + 1;
  arrivals.totalMs += gapMs;
}

/**
 * The time until the next good heartbeat tells nothing of the way: its server was not beating, said
 * itself that it is unfit, or was not listened to.
 */
export function breakGap(arrivals: Arrivals): void {
  arrivals.isBroken = true;
}

/** Everything that is remembered. */
export function gapsOf({ newer, older }: Arrivals): Gaps {
  return {
    samples: newer.samples + older.samples,
    sumMs: newer.sumMs + older.sumMs,
    sumOfSquares: newer.sumOfSquares + older.sumOfSquares,
    longestMs: Math.max(newer.longestMs, older.longestMs),
    outages: newer.outages + older.outages,
    counts: Array.from(newer.counts, (count, bucket) => count + (older.counts[bucket] ?? 0)),
  };
}

/** The longest gap of a bucket; that of the one before is the shortest. */
export function bucketEndMs(bucket: number): number {
  return 2 ** ((bucket + 1) / bucketsPerDoubling);
}

/** The bucket of a gap. */
export function bucketOf(gapMs: number): number {
  if (!(gapMs > 1)) return 0;
  return Math.min(bucketCount - 1, Math.floor(Math.log2(gapMs) * bucketsPerDoubling));
}

function rotate(arrivals: Arrivals, nowMs: number): void {
  const { newer, older } = arrivals;
  older.beganMs = nowMs;
  older.samples = 0;
  older.sumMs = 0;
  older.sumOfSquares = 0;
  older.longestMs = 0;
  older.outages = 0;
  older.counts.fill(0);
  arrivals.newer = older;
  arrivals.older = newer;
}

// Judges heartbeats and counts silence. Its record is mutable and nothing that its functions make
// outlives a heartbeat; it decides nothing: what follows from a verdict is for server.ts.

import { type Arrivals, breakGap, newArrivals, noteArrival } from "./arrivals.ts";
import { type DrillSilence, silence } from "./drill-silence.ts";
import type { Heard } from "./heard.ts";
import type { Actor } from "./run-record.ts";

/** Answers remembered per stream: more than a round trip can hold at the shortest interval. */
const answersMax = 128;

/** Gaps remembered for people. */
const gapsMax = 16;

/** Against what a heartbeat is judged. */
export interface Expectation {
  /** Whether a lease of this term should be held: protected, and assigned to the primary. */
  readonly isLeaseDue: boolean;
  readonly term: bigint;
  readonly leaseMs: number;
  /**
   * Time without a lease, since one was missed, after which the server is unwilling: a threshold.
   * In maintenance no such time ends, because the server could not be declared dead, and live
   * again.
   */
  readonly unwillingAfterMs: number;
  /** How young an acknowledged answer must be: a lease, or without protection a threshold. */
  readonly provenMs: number;
}

/**
 * good: moves the instant of the last good heartbeat. lease_missing: everything but the lease is
 * good. The others count as silence. unproven: acknowledges no young answer of this stream.
 * unwilling: no lease was held for a threshold although leases were offered. silenced: it would be
 * good or lease_missing, but for a drill.
 */
export type Verdict =
  | "good"
  | "lease_missing"
  | "unproven"
  | "channels_silent"
  | "unfit"
  | "unwilling"
  | "ahead"
  | "silenced";

/** What is known of the heartbeats of one server in this life of the monitor. */
export interface Liveness {
  /** Instant of the last good heartbeat, or from which the threshold counts. */
  lastGoodMs: number;
  /** The monitor's total of stalls at that instant. */
  stalledAtGoodMs: number;
  hasGood: boolean;
  lastVerdict: Verdict | undefined;
  /** First grant of the present term. NaN: none in this life. */
  firstGrantMs: number;
  /** Last grant of any term. NaN: none in this life. */
  lastGrantMs: number;
  /** Whether a long lease was granted in a release, and whether it was reported held. */
  isReleaseGranted: boolean;
  isReleaseHeld: boolean;
  /** Whether a lease of the present term has been seen held. */
  isHeldSeen: boolean;
  /** Whether the term was raised for a missing lease since a lease was held last. */
  isLeaseMissed: boolean;
  /** The override that its last good heartbeat told of. */
  override: Actor | undefined;
  /** A drill that counts its heartbeats as silence. */
  drillSilence: DrillSilence | undefined;
  /** Time since that raise in which the server beat well and was offered leases, but held none. */
  unheldMs: number;
  /** The last heartbeat of such a time. NaN: the one before was not like that. */
  unheldAtMs: number;
  readonly answeredSequences: Float64Array;
  readonly answeredAtMs: Float64Array;
  readonly gapsMs: Float64Array;
  gapCount: number;
  /** How good heartbeats come: for people, it decides nothing. */
  readonly arrivals: Arrivals;
}

export function newLiveness(nowMs: number): Liveness {
  return {
    lastGoodMs: nowMs,
    stalledAtGoodMs: 0,
    hasGood: false,
    lastVerdict: undefined,
    firstGrantMs: Number.NaN,
    lastGrantMs: Number.NaN,
    isReleaseGranted: false,
    isReleaseHeld: false,
    isHeldSeen: false,
    isLeaseMissed: false,
    override: undefined,
    drillSilence: undefined,
    unheldMs: 0,
    unheldAtMs: Number.NaN,
    answeredSequences: new Float64Array(answersMax),
    answeredAtMs: new Float64Array(answersMax),
    gapsMs: new Float64Array(gapsMax),
    gapCount: 0,
    arrivals: newArrivals(nowMs),
  };
}

/** Judges one heartbeat of the current stream. */
export function judge(
  liveness: Liveness,
  heard: Heard,
  given: { expectation: Expectation; nowMs: number },
): Verdict {
  return silence(liveness, judgeHeartbeat(liveness, heard, given), given.nowMs);
}

function judgeHeartbeat(
  liveness: Liveness,
  heard: Heard,
  given: { expectation: Expectation; nowMs: number },
): Verdict {
  const { expectation, nowMs } = given;
  const verdict = judgeExchange(liveness, heard, nowMs - expectation.provenMs);
  if (verdict !== "good" || !expectation.isLeaseDue) {
    liveness.unheldAtMs = Number.NaN;
    return verdict;
  }
  const isOfTerm = heard.isLeaseOfThisJournal && heard.leaseTerm === expectation.term;
  if (isOfTerm && heard.lease === "held") {
    liveness.isHeldSeen = true;
    forgiveMisses(liveness);
    return "good";
  }
  countUnheld(liveness, nowMs);
  // An override stands where a lease has ended.
  const hasEnded = isOfTerm && (heard.lease === "ended" || heard.lease === "override");
  if (!hasEnded && !liveness.isHeldSeen && isFirstGrantUnderWay(liveness, expectation, nowMs)) {
    return "good";
  }
  return liveness.unheldMs >= expectation.unwillingAfterMs ? "unwilling" : "lease_missing";
}

// Whether the exchange works both ways and somebody at the other end can act on it.
function judgeExchange(liveness: Liveness, heard: Heard, provenSinceMs: number): Verdict {
  if (!heard.isChannelsAnswering) return "channels_silent";
  if (heard.unfitBecause !== "") return "unfit";
  return isProven(liveness, heard.acknowledged, provenSinceMs) ? "good" : "unproven";
}

// Only time between two heartbeats that were both good but for the lease, with leases on offer in
// between, speaks against a server: the time at the gate and the time of an outage are not its own.
function countUnheld(liveness: Liveness, nowMs: number): void {
  if (liveness.isLeaseMissed && !Number.isNaN(liveness.unheldAtMs)) {
    liveness.unheldMs += nowMs - liveness.unheldAtMs;
  }
  liveness.unheldAtMs = nowMs;
}

/** Nothing is held against the server any more. */
export function forgiveMisses(liveness: Liveness): void {
  liveness.isLeaseMissed = false;
  liveness.unheldMs = 0;
  liveness.unheldAtMs = Number.NaN;
}

// A first grant has one lease of time to arrive, counted from its sending; before it is sent, all
// of it.
function isFirstGrantUnderWay(
  liveness: Liveness,
  expectation: Expectation,
  nowMs: number,
): boolean {
  return !(nowMs - liveness.firstGrantMs > expectation.leaseMs);
}

// An acknowledged answer proves a round trip: that the server hears, not only speaks.
function isProven(liveness: Liveness, acknowledged: number, sinceMs: number): boolean {
  const index = acknowledged % answersMax;
  return (
    acknowledged > 0 &&
    liveness.answeredSequences[index] === acknowledged &&
    (liveness.answeredAtMs[index] ?? 0) >= sinceMs
  );
}

/** Notes a good heartbeat. */
export function noteGood(liveness: Liveness, nowMs: number, stalledMs: number): void {
  if (liveness.hasGood) {
    liveness.gapsMs[liveness.gapCount % gapsMax] = nowMs - liveness.lastGoodMs;
    liveness.gapCount += 1;
  }
  noteArrival(liveness.arrivals, silenceMs(liveness, nowMs, stalledMs), nowMs);
  liveness.hasGood = true;
  liveness.lastGoodMs = nowMs;
  liveness.stalledAtGoodMs = stalledMs;
}

/** Notes that a heartbeat was answered now, so that a later one may acknowledge it. */
export function noteAnswered(liveness: Liveness, sequence: number, nowMs: number): void {
  const index = sequence % answersMax;
  liveness.answeredSequences[index] = sequence;
  liveness.answeredAtMs[index] = nowMs;
}

/** Notes that the answer carries a lease. */
export function noteGrant(liveness: Liveness, nowMs: number): void {
  if (Number.isNaN(liveness.firstGrantMs)) liveness.firstGrantMs = nowMs;
  liveness.lastGrantMs = nowMs;
}

/** Notes that the answer lets an override run on: what it runs lasts as long as by a lease. */
export function noteBorne(liveness: Liveness, nowMs: number): void {
  liveness.lastGrantMs = nowMs;
}

/** A new term: its first grant is still to come. */
export function forgetGrants(liveness: Liveness): void {
  liveness.firstGrantMs = Number.NaN;
  liveness.isHeldSeen = false;
}

/** A new stream: answers of the old one prove nothing. */
export function forgetAnswers(liveness: Liveness): void {
  liveness.answeredSequences.fill(0);
}

/** The threshold counts anew from now. */
export function restartThreshold(liveness: Liveness, nowMs: number, stalledMs: number): void {
  liveness.lastGoodMs = nowMs;
  liveness.stalledAtGoodMs = stalledMs;
  breakGap(liveness.arrivals);
  forgiveMisses(liveness);
}

/** How long the server has been silent, without the time the monitor itself stood still. */
export function silenceMs(liveness: Liveness, nowMs: number, stalledMs: number): number {
  return nowMs - liveness.lastGoodMs - (stalledMs - liveness.stalledAtGoodMs);
}

/** Gaps between the last good heartbeats, newest first. */
export function recentGapsMs(liveness: Liveness): readonly number[] {
  const count = Math.min(liveness.gapCount, gapsMax);
  return Array.from(
    { length: count },
    (_, age) => liveness.gapsMs[(liveness.gapCount - 1 - age) % gapsMax] ?? 0,
  );
}

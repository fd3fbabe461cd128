// A watched server with its heartbeats: what each heartbeat means, and what it is answered. The
// record is mutable, because a good heartbeat must cost next to nothing; only step() changes what
// is decided.

import type { Server } from "./draft.ts";
import {
  type Expectation,
  type Heard,
  forgiveMisses,
  judge,
  type Liveness,
  newLiveness,
  noteGood,
  noteGrant,
  silenceMs,
  type Verdict,
} from "./liveness.ts";
import { heldOnlyUntilMs, isLeaseNews, isLongLease, releaseOverAtMs } from "./release.ts";
import { loadServer, wakeAtMs } from "./server.ts";
import type { Moment, ServerEvent } from "./server-event.ts";
import type { ServerRecord, ServerState } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

/** What a heartbeat is answered. The same object as long as nothing changes. */
export interface Answer {
  readonly state: ServerState;
  readonly term: bigint;
  readonly grant: "lease" | "nothing" | "withdraw";
  /** Length of the lease that is granted: ordinary, or the long one of a release. */
  readonly leaseMs: number;
  /** Why no lease is granted, for people. */
  readonly because: string;
}

export interface Watched {
  readonly settings: ServerSettings;
  readonly liveness: Liveness;
  readonly startedMs: number;
  /** Changed only by setServer. */
  server: Server;
  expectation: Expectation;
  answer: Answer;
}

/** Begins to watch a server as the journal has it. */
export function watch(settings: ServerSettings, record: ServerRecord, moment: Moment): Watched {
  const server = loadServer(record, settings, moment);
  return {
    settings,
    liveness: newLiveness(moment.nowMs),
    startedMs: moment.nowMs,
    server,
    expectation: expect(settings, server.record),
    answer: {
      state: server.record.state,
      term: record.term,
      grant: "nothing",
      leaseMs: 0,
      because: "",
    },
  };
}

/** Takes over what a step has made of the server, once it is durable. */
export function setServer(watched: Watched, server: Server): void {
  const { server: before, liveness } = watched;
  watched.server = server;
  if (server.record === before.record) return;
  watched.expectation = expect(watched.settings, server.record);
  // Whoever comes to life gets its threshold anew to take a lease.
  if (before.record.state !== "live" && server.record.state === "live") forgiveMisses(liveness);
}

/**
 * Judges a heartbeat of the current stream and notes what it proves. Returns an event for step()
 * when the heartbeat may change something: almost never.
 */
export function hear(
  watched: Watched,
  heard: Heard,
  given: Moment & { stalledMs: number },
): ServerEvent | undefined {
  const { nowMs, wallMs } = given;
  const { liveness, server } = watched;
  if (isAhead(heard, server.record.term)) {
    liveness.lastVerdict = "ahead";
    return { kind: "higher_term_seen", nowMs, wallMs, term: heard.highestTerm };
  }
  const verdict = judge(liveness, heard, { expectation: watched.expectation, nowMs });
  liveness.lastVerdict = verdict;
  if (verdict !== "good" && verdict !== "lease_missing") return undefined;
  noteGood(liveness, nowMs, given.stalledMs);
  if (verdict === "lease_missing") {
    liveness.isLeaseMissed = true;
    return { kind: "lease_missing", nowMs, wallMs };
  }
  if (isRoutine(watched, heard)) return undefined;
  return {
    kind: "good_heartbeat",
    nowMs,
    wallMs,
    holder: heard.holder,
    host: heard.host,
    isLeaseHeld: heard.lease === "held",
    leaseLeftMs: heard.leaseLeftMs,
    isStoppedConfirmed: confirmsStopped(heard, server.record.term),
  };
}

/**
 * What the heartbeat that was just heard is answered, after what followed from it is durable.
 * `isUndecided`: something follows from it that could not be stored, so nothing is granted.
 */
export function answerTo(
  watched: Watched,
  heard: Heard,
  given: { nowMs: number; isUndecided: boolean },
): Answer {
  const { record } = watched.server;
  const { nowMs, isUndecided } = given;
  const because = isUndecided
    ? "What follows from its heartbeat cannot be stored now"
    : whyNoLease(watched, heard, nowMs);
  const isBackup = record.assignment === "backup" && heard.lease === "held";
  const isWithdrawn = record.switchover !== undefined || isBackup;
  const grant = because === "" ? "lease" : isWithdrawn ? "withdraw" : "nothing";
  const leaseMs = grant === "lease" ? noteLease(watched, heard, nowMs) : 0;
  const { answer } = watched;
  const isSame =
    answer.grant === grant &&
    answer.leaseMs === leaseMs &&
    answer.because === because &&
    answer.term === record.term &&
    answer.state === record.state;
  if (!isSame) watched.answer = { state: record.state, term: record.term, grant, leaseMs, because };
  return watched.answer;
}

// R9: only a lease that is held may become a long one, so that a release begins nothing.
function noteLease({ settings, server, liveness }: Watched, heard: Heard, nowMs: number): number {
  noteGrant(liveness, nowMs);
  const { release, term } = server.record;
  const isHeld = heard.lease === "held" && heard.isLeaseOfThisJournal && heard.leaseTerm === term;
  const isReleasing = server.releasedUntilMs === Number.POSITIVE_INFINITY;
  if (!isHeld || !isReleasing || release === undefined) return settings.leaseMs;
  if (liveness.isReleaseGranted && isLongLease(settings, heard.leaseLeftMs)) {
    liveness.isReleaseHeld = true;
  }
  liveness.isReleaseGranted = true;
  return release.boundMs;
}

/** Why the last heartbeat did not count as good, for people. "": it did. */
export function whyNotGood(verdict: Verdict | undefined): string {
  switch (verdict) {
    case "good":
    case "lease_missing":
      return "";
    case "unproven":
      return "It acknowledges no young answer of this stream: the answers may not arrive";
    case "channels_silent":
      return "Its channels service does not answer";
    case "unfit":
      return "It says itself that it is unfit";
    case "unwilling":
      return "It has held no lease for a threshold although leases were offered";
    case "ahead":
      return "It knows a higher term than the monitor";
    case undefined:
      return "";
  }
}

/** Time without a good heartbeat so far. While a release lasts none of it counts. */
export function silentMs(watched: Watched, nowMs: number, stalledMs: number): number {
  const sinceReleaseMs = nowMs - watched.server.releasedUntilMs;
  return Math.min(silenceMs(watched.liveness, nowMs, stalledMs), sinceReleaseMs);
}

/**
 * Time since the last grant, since the monitor started, or since the end of a release: every lease
 * is younger than this.
 */
export function sinceGrantMs(watched: Watched, nowMs: number): number {
  return nowMs - lastGrantAtMs(watched);
}

function lastGrantAtMs({ liveness, startedMs, server }: Watched): number {
  const { lastGrantMs } = liveness;
  return Math.max(Number.isNaN(lastGrantMs) ? startedMs : lastGrantMs, server.releasedUntilMs);
}

/**
 * When the threshold will have passed if no good heartbeat comes, or Infinity when it decides
 * nothing.
 */
export function thresholdAtMs(watched: Watched, stalledMs: number): number {
  const { record } = watched.server;
  const isCounting = record.state === "live" || record.state === "waiting";
  if (!isCounting || record.maintenance !== undefined) return Number.POSITIVE_INFINITY;
  const { lastGoodMs, stalledAtGoodMs } = watched.liveness;
  const atMs = lastGoodMs + watched.settings.thresholdMs + (stalledMs - stalledAtGoodMs);
  return Math.max(atMs, releaseOverAtMs(watched.settings, watched.server));
}

/** When time_passed is due next. */
export function nextWakeMs(watched: Watched, stalledMs: number): number {
  const { settings, server } = watched;
  const handoverAtMs =
    server.record.switchover !== undefined
      ? lastGrantAtMs(watched) + settings.thresholdMs
      : Number.POSITIVE_INFINITY;
  return Math.min(thresholdAtMs(watched, stalledMs), wakeAtMs(settings, server), handoverAtMs);
}

function expect(settings: ServerSettings, record: ServerRecord): Expectation {
  const isProtected = settings.protection === "lease";
  return {
    isLeaseDue: isProtected && record.assignment === "primary",
    term: record.term,
    leaseMs: settings.leaseMs,
    unwillingAfterMs:
      record.maintenance === undefined ? settings.thresholdMs : Number.POSITIVE_INFINITY,
    provenMs: isProtected ? settings.leaseMs : settings.thresholdMs,
  };
}

/** R7: whether an order that was seen elsewhere is above this journal's. */
export function isAhead(
  heard: Pick<Heard, "highestTerm" | "isHighestOfThisJournal">,
  term: bigint,
): boolean {
  if (heard.highestTerm > term) return true;
  return heard.highestTerm === term && term > 0n && !heard.isHighestOfThisJournal;
}

function isRoutine({ settings, server }: Watched, heard: Heard): boolean {
  const { record } = server;
  return (
    !(heard.lease === "held" && isLeaseNews(settings, server, heard.leaseLeftMs)) &&
    record.state === "live" &&
    record.holder === heard.holder &&
    record.host === heard.host &&
    record.switchover === undefined &&
    !record.isCloseUntold &&
    (record.unwillingDeaths === 0 || heard.lease !== "held")
  );
}

function confirmsStopped(heard: Heard, term: bigint): boolean {
  return (
    heard.highestTerm === term &&
    heard.isHighestOfThisJournal &&
    heard.lease !== "held" &&
    heard.areChannelsStopped
  );
}

function whyNoLease(watched: Watched, heard: Heard, nowMs: number): string {
  const { record } = watched.server;
  if (watched.settings.protection === "none") return "It is not protected by a lease";
  if (record.switchover !== undefined) return "A switchover takes its channels to the backup";
  if (record.assignment === "backup") return "The backup has its channels";
  if (record.assignment === "nobody") return "The gate is not passed yet";
  if (heard.holder !== record.holder) return "Another machine holds the server id";
  if (watched.liveness.lastVerdict !== "good") return "Its heartbeat was not good";
  if (heard.holder === "") return "It has not told its machine, and a lease belongs to one";
  if (heard.lease !== "held" && nowMs < heldOnlyUntilMs(watched.settings, watched.server)) {
    return "Another machine may still hold a lease";
  }
  return "";
}

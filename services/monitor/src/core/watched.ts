// A watched server with its heartbeats: what each heartbeat means, and what it is answered. The
// record is mutable, because a good heartbeat must cost next to nothing; only step() changes what
// is decided.

import type { Server } from "./draft.ts";
import { endSilence, isSilenceAllowed } from "./drill-silence.ts";
import { breakGap } from "./arrivals.ts";
import type { Heard } from "./heard.ts";
import {
  type Expectation,
  forgiveMisses,
  judge,
  type Liveness,
  newLiveness,
  noteGood,
  silenceMs,
} from "./liveness.ts";
import type { Answer } from "./answer.ts";
import { takeOverrideNews } from "./override.ts";
import { isLeaseNews, releaseOverAtMs } from "./release.ts";
import { loadServer, wakeAtMs } from "./server.ts";
import type { Moment, ServerEvent } from "./server-event.ts";
import type { ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

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
      overrideMs: 0,
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
  if (!isSilenceAllowed(server.record)) endSilence(liveness);
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
    breakGap(liveness.arrivals);
    return { kind: "higher_term_seen", nowMs, wallMs, term: heard.highestTerm };
  }
  const verdict = judge(liveness, heard, { expectation: watched.expectation, nowMs });
  liveness.lastVerdict = verdict;
  if (verdict !== "good" && verdict !== "lease_missing") {
    // Only answers that do not arrive are the fault of the way.
    if (verdict !== "unproven") breakGap(liveness.arrivals);
    return undefined;
  }
  noteGood(liveness, nowMs, given.stalledMs);
  if (heard.lease === "override" || liveness.override !== undefined) {
    const actor = takeOverrideNews(watched, heard);
    if (actor !== undefined) return { kind: "override_heard", nowMs, wallMs, actor };
  }
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

/** Time without a good heartbeat so far. While a release lasts none of it counts. */
export function silentMs(watched: Watched, nowMs: number, stalledMs: number): number {
  const sinceReleaseMs = nowMs - watched.server.releasedUntilMs;
  return Math.min(silenceMs(watched.liveness, nowMs, stalledMs), sinceReleaseMs);
}

/**
 * Time since the last grant, or since the monitor started: every lease but one of a release is
 * younger than this.
 */
export function sinceGrantMs(watched: Watched, nowMs: number): number {
  return nowMs - lastGrantAtMs(watched);
}

function lastGrantAtMs({ liveness: { lastGrantMs }, startedMs }: Watched): number {
  return Number.isNaN(lastGrantMs) ? startedMs : lastGrantMs;
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
      ? Math.max(lastGrantAtMs(watched) + settings.thresholdMs, releaseOverAtMs(settings, server))
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
    heard.lease !== "override" &&
    heard.areChannelsStopped
  );
}

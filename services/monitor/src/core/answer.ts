// What a heartbeat is answered: whether a lease is granted, and how long it is. Invariant: only a
// good heartbeat is granted one (R1), and only while nobody else may hold one (R6).

import type { Heard } from "./heard.ts";
import { noteBorne, noteGrant, type Verdict } from "./liveness.ts";
import { mayRunOn } from "./override.ts";
import { heldOnlyUntilMs, isLongLease, isReleasing } from "./release.ts";
import type { ServerState } from "./server-record.ts";
import type { Watched } from "./watched.ts";

/** What a heartbeat is answered. The same object as long as nothing changes. */
export interface Answer {
  readonly state: ServerState;
  readonly term: bigint;
  readonly grant: "lease" | "nothing" | "withdraw";
  /** Length of the lease that is granted: ordinary, or the long one of a release. */
  readonly leaseMs: number;
  /** How long an override may run on where nothing is granted. 0: it ends now. */
  readonly overrideMs: number;
  /** Why no lease is granted, for people. */
  readonly because: string;
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
  const mayRun = heard.lease === "held" || heard.lease === "override";
  const isBackup = record.assignment === "backup" && mayRun;
  const isWithdrawn = record.switchover !== undefined || isBackup;
  const grant = because === "" ? "lease" : isWithdrawn ? "withdraw" : "nothing";
  const leaseMs = grant === "lease" ? noteLease(watched, heard, nowMs) : 0;
  const isBorne = grant === "nothing" && !isUndecided && mayRunOn(watched, heard);
  const overrideMs = isBorne ? watched.settings.leaseMs : 0;
  if (isBorne) noteBorne(watched.liveness, nowMs);
  const { answer } = watched;
  const isSame =
    answer.grant === grant &&
    answer.leaseMs === leaseMs &&
    answer.overrideMs === overrideMs &&
    answer.because === because &&
    answer.term === record.term &&
    answer.state === record.state;
  if (!isSame) {
    const { state, term } = record;
    watched.answer = { state, term, grant, leaseMs, overrideMs, because };
  }
  return watched.answer;
}

// R9: only a lease that is held may become a long one, so that a release begins nothing.
function noteLease({ settings, server, liveness }: Watched, heard: Heard, nowMs: number): number {
  noteGrant(liveness, nowMs);
  const { release, term } = server.record;
  const isHeld = heard.lease === "held" && heard.isLeaseOfThisJournal && heard.leaseTerm === term;
  if (!isHeld || !isReleasing(server) || release === undefined) return settings.leaseMs;
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
    case "silenced":
      return "A drill counts its heartbeats as silence";
    case undefined:
      return "";
  }
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

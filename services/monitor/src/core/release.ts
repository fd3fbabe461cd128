// The release (R9): a monitor that stops in good order leaves a server one last, long lease, so
// that its channels go on without a monitor. Until that lease is over, or is seen to be an ordinary
// one again, nothing is decided that needs it to be over. Invariant: a release is durable before
// the first long lease is granted.

import { change, type Draft, note, type Server } from "./draft.ts";
import type { Release, ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

/** What a server is told of its time left has been converted to and fro: no more than this. */
const roundingMs = 1;

/**
 * A monitor that stops in good order is about to grant long leases. Changes nothing where this
 * server shall have none.
 */
export function beginRelease(draft: Draft, by: string): void {
  const { settings } = draft;
  const { record } = draft.server;
  const boundMs = settings.releaseMs;
  if (boundMs === undefined || !isReleasable(settings, record)) return;
  const before = record.release;
  // What an earlier release granted, and to whom, may still be out.
  const lastsMs = Math.max(before?.lastsMs ?? 0, lastsAtMost(boundMs, settings));
  const isSameHolder = before === undefined || before.holder === record.holder;
  const holder = isSameHolder ? record.holder : "";
  const release = { boundMs, lastsMs, sinceWallMs: draft.event.wallMs, by, holder };
  change(draft, { release });
  draft.server = { ...draft.server, releasedUntilMs: Number.POSITIVE_INFINITY };
  note(draft, `${by} stops in good order: it leaves a lease of ${inSeconds(boundMs)}`, undefined);
}

// A lease that is to outlive its monitor must be the only right to run the channels, with nothing
// under way that would take it back.
function isReleasable(settings: ServerSettings, record: ServerRecord): boolean {
  return (
    settings.protection === "lease" &&
    record.state === "live" &&
    record.assignment === "primary" &&
    record.switchover === undefined &&
    !record.isCloseUntold &&
    record.holder !== ""
  );
}

/** Whether this very monitor is granting long leases to the server, because it stops. */
export function isReleasing({ releasedUntilMs }: Server): boolean {
  return releasedUntilMs === Number.POSITIVE_INFINITY;
}

/** No long lease was granted after all: what held before the release holds again. */
export function undoRelease(draft: Draft, before: Release | undefined): void {
  if (!isReleasing(draft.server)) return;
  change(draft, { release: before });
  draft.server = {
    ...draft.server,
    releasedUntilMs: releasedUntilMs(before, draft.event.nowMs),
  };
  note(draft, "It was not heard any more: no long lease was granted", undefined);
}

/**
 * A good heartbeat tells of the lease that is held. An ordinary one ends the release: no older
 * decision counts there any more, since the stream of this heartbeat is newer (hazard 21). A long
 * one that the journal knows nothing of is a release of a journal that was lost.
 */
export function hearLease(draft: Draft, heldMs: number | undefined): void {
  const { settings, server, event } = draft;
  if (heldMs === undefined || !isLeaseNews(settings, server, heldMs)) return;
  if (server.record.isUnleased) change(draft, { isUnleased: false });
  if (isLongLease(settings, heldMs) === (server.record.release !== undefined)) return;
  if (server.record.release !== undefined) {
    endRelease(draft);
    // What is left is an ordinary lease, and may have been granted anew until just now.
    draft.server = { ...draft.server, releasedUntilMs: event.nowMs };
    return;
  }
  const lastsMs = lastsAtMost(heldMs, settings);
  const { holder } = server.record;
  const release = { boundMs: heldMs, lastsMs, sinceWallMs: event.wallMs, by: "", holder };
  change(draft, { release });
  draft.server = { ...draft.server, releasedUntilMs: event.nowMs + lastsMs };
  note(draft, `It holds a lease of ${inSeconds(heldMs)} that the journal knows not of`, undefined);
}

/** Whether a held lease with so much time left changes what is known of a release. */
export function isLeaseNews(settings: ServerSettings, server: Server, heldMs: number): boolean {
  if (isReleasing(server)) return false;
  if (server.record.isUnleased) return true;
  return isLongLease(settings, heldMs) !== (server.record.release !== undefined);
}

/** Whether a lease has more time left than an ordinary one ever has. */
export function isLongLease({ leaseMs }: ServerSettings, heldMs: number): boolean {
  return heldMs > leaseMs + roundingMs;
}

/** Ends a release whose lease is over for certain: by time, or because the server is out of it. */
export function settleRelease(draft: Draft): void {
  const { record, releasedUntilMs } = draft.server;
  if (record.release === undefined) return;
  const isOver = draft.event.nowMs >= releasedUntilMs + draft.settings.thresholdMs;
  if (isOver || isOutOfLease(record)) endRelease(draft);
}

/** Whether a server holds no lease for certain: it is out of it, or a backup has its place. */
export function isOutOfLease({ state, assignment }: ServerRecord): boolean {
  return state === "dead" || state === "closed" || assignment === "backup";
}

function endRelease(draft: Draft): void {
  change(draft, { release: undefined });
  draft.server = { ...draft.server, releasedUntilMs: Number.NEGATIVE_INFINITY };
}

/** Until when a release that the journal tells of may last in this life of a monitor. */
export function releasedUntilMs(release: Release | undefined, startedMs: number): number {
  return release === undefined ? Number.NEGATIVE_INFINITY : startedMs + release.lastsMs;
}

/**
 * When whatever was granted in a release is over for certain, a threshold of margin included (R5,
 * R6). -Infinity: there is none. Infinity: only a word of the server can tell, because it runs its
 * channels without a lease.
 */
export function releaseOverAtMs(settings: ServerSettings, server: Server): number {
  if (server.record.isUnleased && settings.protection === "lease") return Number.POSITIVE_INFINITY;
  return server.releasedUntilMs + settings.thresholdMs;
}

/** Whether a lease of a release may still be held somewhere. */
export function mayLast({ settings, server, event }: Draft): boolean {
  return event.nowMs < releaseOverAtMs(settings, server);
}

/** R5: no start order goes to a target before this instant. */
export function startsNotBeforeMs(settings: ServerSettings, server: Server): number {
  return Math.max(server.startsNotBeforeMs, releaseOverAtMs(settings, server));
}

/**
 * R6: until this instant only a lease that is already held is renewed. Who is known to have been
 * released may get a new one, since it stands in the place of the released.
 */
export function heldOnlyUntilMs(settings: ServerSettings, server: Server): number {
  const { release, holder } = server.record;
  if (release === undefined || (release.holder !== "" && release.holder === holder)) {
    return server.heldOnlyUntilMs;
  }
  return Math.max(server.heldOnlyUntilMs, releaseOverAtMs(settings, server));
}

/**
 * How long channels may outlive the grant of a lease by the clock of a monitor, which may be the
 * faster one.
 */
export function lastsAtMost(leaseMs: number, settings: ServerSettings): number {
  const { clockDriftPercent, leaseMarginMs } = settings;
  return Math.ceil(leaseMs + (leaseMs * clockDriftPercent) / 100 + leaseMarginMs);
}

/** "600 s". */
export function inSeconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`;
}

// The longest lease that may be out, by the configuration that it was granted under: the next
// monitor may be configured otherwise, and has to wait for it all the same. A longer one of an
// earlier configuration counts as a release (R9). Invariant: what a lease may last is durable
// before the first of that length is granted. No check of each heartbeat is needed for it, because
// no server is live with its channels before a step has settled it.

import { change, type Draft, note } from "./draft.ts";
import { inSeconds, isOutOfLease, lastsAtMost } from "./release.ts";
import type { LongestLease, Release, ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

/** The lease that configuration grants. Absent: none. */
function configuredLease(settings: ServerSettings): LongestLease | undefined {
  if (settings.protection === "none") return undefined;
  return { leaseMs: settings.leaseMs, lastsMs: lastsAtMost(settings.leaseMs, settings) };
}

/** Whether no lease like `one` outlasts one like `other`. */
export function isWithin(one: LongestLease | undefined, other: LongestLease | undefined): boolean {
  if (one === undefined) return true;
  return other !== undefined && one.leaseMs <= other.leaseMs && one.lastsMs <= other.lastsMs;
}

/**
 * The release that a monitor starts with: what the journal tells of, and any longer lease of an
 * earlier configuration.
 */
export function releaseAtStart(
  record: ServerRecord,
  settings: ServerSettings,
  wallMs: number,
): Release | undefined {
  const { longestLease, release, holder } = record;
  const isOut = isOutOfLease(record) || isWithin(longestLease, configuredLease(settings));
  if (longestLease === undefined || isOut) return release;
  const { leaseMs, lastsMs } = longestLease;
  if (release === undefined) {
    return { boundMs: leaseMs, lastsMs, sinceWallMs: wallMs, by: "", holder };
  }
  return { ...release, lastsMs: Math.max(release.lastsMs, lastsMs) };
}

/** Tells of what an earlier configuration left, once. */
export function noteEarlierLease(draft: Draft): void {
  const { settings } = draft;
  const { longestLease, release, isUnleased } = draft.server.record;
  if (isUnleased && settings.protection === "lease") {
    note(
      draft,
      "It ran without protection: it is not declared dead before it holds a lease",
      undefined,
    );
  }
  if (release === undefined || longestLease === undefined) return;
  if (isWithin(longestLease, configuredLease(settings))) return;
  const lease = `a lease of ${inSeconds(longestLease.leaseMs)}`;
  note(
    draft,
    `Its configuration has changed: ${lease} of the earlier one is waited for`,
    undefined,
  );
}

/**
 * Keeps what the record tells of leases true, after everything else that an event has changed: no
 * less than what may be granted from now on, and no more once the rest is over.
 */
export function settleLongestLease(draft: Draft): void {
  settleUnleased(draft);
  const { record } = draft.server;
  const { longestLease: known, release } = record;
  const own = configuredLease(draft.settings);
  // What is longer than configured is over as soon as no release stands.
  if (release === undefined && !isWithin(known, own)) return change(draft, { longestLease: own });
  // Where nobody has the channels yet, an override may run on for as long as a lease.
  const mayBeGranted = record.state !== "unheard" && !isOutOfLease(record);
  if (!mayBeGranted || own === undefined || isWithin(own, known)) return;
  const leaseMs = Math.max(own.leaseMs, known?.leaseMs ?? 0);
  const lastsMs = Math.max(own.lastsMs, known?.lastsMs ?? 0);
  change(draft, { longestLease: { leaseMs, lastsMs } });
}

function settleUnleased(draft: Draft): void {
  const { record } = draft.server;
  const isOut = isOutOfLease(record);
  const isNow = draft.settings.protection === "none" && record.state === "live";
  const isUnleased = !isOut && (isNow || record.isUnleased);
  if (isUnleased !== record.isUnleased) change(draft, { isUnleased });
}

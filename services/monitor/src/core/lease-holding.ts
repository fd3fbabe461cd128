// Who may run the protected channels of a server by a lease, and until when: as far as a monitor
// knows, which is what it granted and what it was told. For people: it decides nothing.

import { isOutOfLease, isReleasing, lastsAtMost } from "./release.ts";
import type { Watched } from "./watched.ts";

/** What is known of the lease at an instant, by the clock that `nowMs` is of. */
export interface LeaseHolding {
  /** Machine that the lease belongs to. Empty: none is known. */
  readonly holder: string;
  /** When the last lease is over if no other is granted. Undefined: none is held, or no bound. */
  readonly untilMs: number | undefined;
  /** When the last process of its channels is gone then. */
  readonly goneByMs: number | undefined;
  readonly text: string;
}

/** Undefined: the server is not protected by a lease. */
export function leaseHoldingOf(watched: Watched, nowMs: number): LeaseHolding | undefined {
  const { settings, server, liveness } = watched;
  const { record } = server;
  if (settings.protection === "none") return undefined;
  const { holder } = record;
  const unbounded = { holder, untilMs: undefined, goneByMs: undefined };
  if (liveness.override !== undefined) {
    const { name } = liveness.override;
    const text = `Nobody holds a lease: its channels run by an override of ${name}, unbounded`;
    return { ...unbounded, text };
  }
  if (record.isUnleased) {
    const text = "It ran without protection, and nothing bounds that before it holds a lease";
    return { ...unbounded, text };
  }
  if (isOutOfLease(record)) {
    const why = record.assignment === "backup" ? "the backup has its channels" : "it is out of it";
    return { ...unbounded, text: `Nobody holds a lease: ${why}` };
  }
  return heldUntil(watched, nowMs) ?? { ...unbounded, text: "Nobody holds a lease" };
}

function heldUntil(watched: Watched, nowMs: number): LeaseHolding | undefined {
  const { settings, server, liveness, startedMs } = watched;
  const { record } = server;
  const { release, longestLease, holder } = record;
  if (release !== undefined) {
    const goneByMs = isReleasing(server) ? nowMs + release.lastsMs : server.releasedUntilMs;
    const text =
      "A long lease is out that a monitor left when it stopped, or an earlier one granted";
    return tell({ holder: release.holder, goneByMs, text }, watched, nowMs);
  }
  if (!Number.isNaN(liveness.lastGrantMs)) {
    const goneByMs = liveness.lastGrantMs + lastsAtMost(settings.leaseMs, settings);
    const text =
      record.assignment === "primary" && liveness.isHeldSeen
        ? "The server holds the lease, and each good heartbeat renews it"
        : "The last lease granted is not renewed now";
    return tell({ holder, goneByMs, text }, watched, nowMs);
  }
  if (longestLease === undefined) return undefined;
  const goneByMs = startedMs + longestLease.lastsMs;
  const text = "This monitor has granted no lease yet: one of its life before may be out";
  return tell({ holder, goneByMs, text }, watched, nowMs);
}

// Undefined: it is over.
function tell(
  lease: { holder: string; goneByMs: number; text: string },
  { settings }: Watched,
  nowMs: number,
): LeaseHolding | undefined {
  if (lease.goneByMs <= nowMs) return undefined;
  return { ...lease, untilMs: lease.goneByMs - settings.leaseMarginMs };
}

// Flap protection: a server that keeps dying gets its channels back later each time. It delays a
// failback and nothing else: every death is followed by its takeover at once, however many came
// before.

import { change, type Draft, note, type Server } from "./draft.ts";
import type { FlapPolicy, ServerSettings } from "./server-settings.ts";

/** More doublings than any hold needs to reach its maximum, and no number overflows. */
const doublingsMax = 30;

/** Since when a server runs its channels, while deaths are held against it. Absent: it does not. */
export function steadySinceMs(server: Server, nowMs: number): number | undefined {
  const { state, assignment, recentDeaths } = server.record;
  const isSteady = state === "live" && assignment === "primary" && recentDeaths > 0;
  return isSteady ? (server.steadySinceMs ?? nowMs) : undefined;
}

/** One more death of a server that has not run its channels for long enough since the last one. */
export function countDeath(draft: Draft): void {
  if (draft.settings.flap === undefined) return;
  change(draft, { recentDeaths: draft.server.record.recentDeaths + 1 });
}

/** A server that has run its channels for long enough without a break starts with a clean slate. */
export function forgiveDeaths(draft: Draft): void {
  const { settings, server } = draft;
  if (draft.event.nowMs < forgivenAtMs(settings, server)) return;
  const { recentDeaths } = server.record;
  change(draft, { recentDeaths: 0 });
  note(draft, `It runs steadily again: ${deathsInWords(recentDeaths)} forgiven`, undefined);
}

/** When its deaths will be forgiven if nothing happens. Infinity: there is nothing to forgive. */
export function forgivenAtMs({ flap }: ServerSettings, server: Server): number {
  const { maintenance } = server.record;
  if (flap === undefined || server.steadySinceMs === undefined || maintenance !== undefined) {
    return Number.POSITIVE_INFINITY;
  }
  return server.steadySinceMs + flap.stableAfterMs;
}

/** How long a server has to be live before it gets its channels back. 0: it is no flapping one. */
export function flapHoldMs(recentDeaths: number, flap: FlapPolicy | undefined): number {
  if (flap === undefined || recentDeaths < flap.deaths) return 0;
  const doublings = Math.min(recentDeaths - flap.deaths, doublingsMax);
  return Math.min(flap.holdMaxMs, flap.holdMs * 2 ** doublings);
}

/** "3 deaths". */
export function deathsInWords(deaths: number): string {
  return deaths === 1 ? "1 death" : `${deaths} deaths`;
}

// A watched server in words that cannot lie: what its monitor cannot know now is UNKNOWN, with the
// age of what it knew last. Every age is between two instants of the monitor's own clock.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import {
  type Server,
  ServerState,
  serverStateToJSON,
  type Target,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { printBetween, printDuration, printInstant } from "./ages.ts";
import type { Style } from "./paint.ts";
import { readinessNotes } from "./readiness-words.ts";
import { unknown, type Word } from "./words.ts";

const styles: ReadonlyMap<ServerState, Style> = new Map([
  [ServerState.SERVER_STATE_LIVE, "good"],
  [ServerState.SERVER_STATE_DEAD, "bad"],
  [ServerState.SERVER_STATE_WAITING, "warning"],
  [ServerState.SERVER_STATE_CLOSED, "quiet"],
]);

/**
 * The state. A server that counts as live although nobody hears it, as in maintenance, is UNKNOWN:
 * it may be dead.
 */
export function stateWord(server: Server): Word {
  if (server.state === ServerState.SERVER_STATE_LIVE && isSilent(server)) return unknown;
  return { text: declaredState(server.state), style: styles.get(server.state) };
}

/** What the monitor has declared, whatever it hears now. */
export function declaredState(state: ServerState): string {
  return serverStateToJSON(state).replace("SERVER_STATE_", "");
}

/** Whether the last good heartbeat is older than the threshold. */
function isSilent({ sinceGood, threshold }: Server): boolean {
  const silenceMs = toMilliseconds(sinceGood) ?? Number.POSITIVE_INFINITY;
  return silenceMs > (toMilliseconds(threshold) ?? 0);
}

/** The lease: who holds it, and what is left of it. */
export function leaseWord(server: Server): Word {
  const { lease, protection, reportedAt, asOf } = server;
  if (protection === Protection.PROTECTION_NONE) return { text: "no protection", style: "quiet" };
  if (lease === undefined || reportedAt === undefined) return unknown;
  if (lease.state?.$case === "override") return { text: "OVERRIDE", style: "bad" };
  const isCounted = lease.state?.$case === "held";
  // A lease that is held runs out by itself: the monitor counts it down. All else is hearsay.
  if (isCounted || !isSilent(server)) return { text: leaseText(lease), style: undefined };
  return { text: `UNKNOWN, told ${printBetween(reportedAt, asOf)} ago`, style: "bad" };
}

function leaseText({ state }: LeaseReport): string {
  switch (state?.$case) {
    case "held": {
      const { timeLeft } = state.value;
      return toMilliseconds(timeLeft) === 0 ? "over" : `${printDuration(timeLeft)} left`;
    }
    case "ended":
      return "ended";
    case "override":
      return "OVERRIDE";
    case "none":
    case undefined:
      return "none";
  }
}

/** What an operator has to know besides the state, each in one line. */
export function serverNotes(server: Server): string[] {
  const { maintenance, release, failbackHold, lease, recentDeaths } = server;
  const notes: string[] = [];
  if (server.state === ServerState.SERVER_STATE_LIVE && isSilent(server)) {
    const since =
      server.sinceGood === undefined ? "never" : `${printDuration(server.sinceGood)} ago`;
    notes.push(`UNKNOWN: declared LIVE, but its last good heartbeat was ${since}`);
  }
  if (server.state === ServerState.SERVER_STATE_WAITING) notes.push(`waiting: ${server.because}`);
  if (maintenance !== undefined) {
    const until = maintenance.until === undefined ? "cleared" : printInstant(maintenance.until);
    notes.push(`maintenance by ${maintenance.owner} until ${until}: ${maintenance.reason}`);
  }
  if (release !== undefined) {
    notes.push(`release until ${printInstant(release.until)}: nothing is declared before`);
  }
  if (failbackHold !== undefined) notes.push(`failback is held: ${failbackHold.because}`);
  if (lease?.state?.$case === "override") {
    const { actor } = lease.state.value;
    const by = `${actor?.name ?? "somebody"}: ${actor?.reason ?? ""}`;
    notes.push(`OVERRIDE by ${by}; two servers may run its channels`);
  }
  notes.push(...readinessNotes(server));
  if (recentDeaths > 1) notes.push(`${recentDeaths} deaths lately`);
  return [...notes, ...server.targets.flatMap((each) => targetNotes(each, server))].map(
    (note) => `${server.serverId}: ${note}`,
  );
}

function targetNotes(target: Target, { asOf }: Server): string[] {
  const notes: string[] = [];
  if (!target.watched) {
    const told = target.lastWordAt;
    const age = told === undefined ? "never told" : `told ${printBetween(told, asOf)} ago`;
    const why = target.lastError === "" ? "" : `: ${target.lastError}`;
    notes.push(`target ${target.name} is UNKNOWN to the monitor, ${age}${why}`);
  }
  return notes;
}

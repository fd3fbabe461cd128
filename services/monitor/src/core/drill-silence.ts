// A drill's silence: the heartbeats of a server that lives are counted as silence, so that it is
// declared DEAD and taken over for real. It only ever takes away: no heartbeat is good because of
// it. In memory only, so that a monitor that ends takes it along.

import type { Liveness, Verdict } from "./liveness.ts";
import type { Actor } from "./run-record.ts";
import type { ServerRecord } from "./server-record.ts";

/**
 * A server that was not heard for this part of its threshold when it was declared DEAD has fallen
 * silent itself: some heartbeats fit into the rest, and a lease is shorter than all of it.
 */
const ownSilenceShare = 0.5;

export interface DrillSilence {
  /** Who asked for the drill. */
  readonly actor: Actor;
  /** It ends by itself, whatever becomes of the drill. */
  readonly untilMs: number;
  /** The last heartbeat that would have been good. */
  heardMs: number;
}

/** Begins a silence, or takes the place of the one before. */
export function beginSilence(
  liveness: Liveness,
  given: { actor: Actor; nowMs: number; untilMs: number },
): void {
  const { actor, nowMs: heardMs, untilMs } = given;
  liveness.drillSilence = { actor, untilMs, heardMs };
}

/** Heartbeats count again. */
export function endSilence(liveness: Liveness): void {
  liveness.drillSilence = undefined;
}

/** What a verdict is while a drill's silence lasts. */
export function silence(liveness: Liveness, verdict: Verdict, nowMs: number): Verdict {
  const { drillSilence } = liveness;
  if (drillSilence === undefined) return verdict;
  if (nowMs >= drillSilence.untilMs) {
    endSilence(liveness);
    return verdict;
  }
  if (verdict !== "good" && verdict !== "lease_missing") return verdict;
  drillSilence.heardMs = nowMs;
  return "silenced";
}

/**
 * Who asked for the drill that keeps the server from being heard. Absent: there is none, or the
 * server has fallen silent itself.
 */
export function silencedBy(
  { drillSilence }: Liveness,
  given: { nowMs: number; thresholdMs: number },
): Actor | undefined {
  if (drillSilence === undefined) return undefined;
  const unheardMs = given.nowMs - drillSilence.heardMs;
  return unheardMs < given.thresholdMs * ownSilenceShare ? drillSilence.actor : undefined;
}

/** Whether a silence goes on: not where nothing is declared, nor after a word of the server. */
export function isSilenceAllowed({ state, maintenance }: ServerRecord): boolean {
  return maintenance === undefined && (state === "live" || state === "dead");
}

/** Why a server was declared DEAD in a drill, in one line. */
export function drillBecause(because: string, { name, reason }: Actor): string {
  return `${because}, because a drill counts its heartbeats as silence (${name}: ${reason})`;
}

/** Whether a server was declared DEAD for this drill, and has not fallen silent itself. */
export function isDrillDeath(because: string, actor: Actor): boolean {
  return because.endsWith(drillBecause("", actor));
}

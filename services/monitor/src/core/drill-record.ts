// A drill as the journal keeps it: what was asked for, what was measured, and how it ended.

import type { Actor } from "./run-record.ts";

/** switchover: moves the channels. silence: counts heartbeats as silence. shadow: does nothing. */
export type DrillKind = "switchover" | "silence" | "shadow";

export type DrillState = "running" | "passed" | "failed";

/** Phases with an objective, and the one of a planned move before its start. */
export type DrillPhaseName = "detection" | "release" | "start" | "handover";

/** How long each phase may take. Absent: as long as it takes. */
export interface DrillObjective {
  readonly detectionMs: number | undefined;
  readonly startMs: number | undefined;
  readonly handoverMs: number | undefined;
}

/** One part of a drill. */
export interface DrillPhase {
  readonly name: DrillPhaseName;
  /** This kind of drill does it. */
  readonly isExercised: boolean;
  /** Absent: it has not begun. */
  readonly startedWallMs: number | undefined;
  /** Absent: it is not done. */
  readonly tookMs: number | undefined;
  /** How long it would take, where it is not exercised. Absent: not known. */
  readonly expectedMs: number | undefined;
  readonly objectiveMs: number | undefined;
  /** Where the expectation comes from, in one line. */
  readonly note: string;
}

/** How long one channel had no runner, as far as it was seen. */
export interface DrillChannel {
  readonly name: string;
  /** From its end on the primary until it was STARTED on the backup. */
  readonly outMs: number | undefined;
  /** From its end on the backup until it was STARTED on the primary. */
  readonly backMs: number | undefined;
}

/** One drill. Instants are wall clock, milliseconds since 1970. */
export interface DrillRecord {
  /** Unique in the journal. */
  readonly drillId: string;
  readonly serverId: string;
  readonly kind: DrillKind;
  readonly actor: Actor;
  readonly objective: DrillObjective;
  readonly state: DrillState;
  /** Term of the server before the drill changed anything. */
  readonly startTerm: bigint;
  readonly phases: readonly DrillPhase[];
  readonly channels: readonly DrillChannel[];
  /** Mails that notify has taken over because of it. */
  readonly mails: number;
  /** Why it failed, each in one line. While it runs: why it will. */
  readonly because: readonly string[];
  readonly startedWallMs: number;
  readonly endedWallMs: number | undefined;
}

/** What became of a phase. open: it goes on, or has not begun. */
export type DrillVerdict = "open" | "passed" | "failed" | "not_exercised";

export function verdictOf(
  phase: DrillPhase,
  { kind, state }: Pick<DrillRecord, "kind" | "state">,
): DrillVerdict {
  const { isExercised, tookMs, expectedMs, objectiveMs } = phase;
  const isLate = (ms: number) => objectiveMs !== undefined && ms > objectiveMs;
  if (isExercised) {
    if (tookMs === undefined) return state === "running" ? "open" : "failed";
    return isLate(tookMs) ? "failed" : "passed";
  }
  // Only a shadow drill judges by what is expected: there is nothing else to judge by.
  if (kind !== "shadow") return "not_exercised";
  if (expectedMs === undefined) return objectiveMs === undefined ? "not_exercised" : "failed";
  return isLate(expectedMs) ? "failed" : "passed";
}

/** Who acts for a drill: its asker, with the drill as the reason. */
export function drillActor({ actor }: Pick<DrillRecord, "actor">): Actor {
  return { name: actor.name, reason: `drill: ${actor.reason}` };
}

/** The run of a drill's takeover, if nothing else changes the server's term before. */
export function takeoverRunIdOf({ serverId, startTerm, kind }: DrillRecord): string {
  const reason = kind === "silence" ? "signal" : "switchover";
  return `${serverId}-${startTerm + 1n}-${reason}`;
}

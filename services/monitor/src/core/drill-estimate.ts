// How long the phases of a takeover would take: by configuration, and by what was measured last in
// drills and in real takeovers. And the record with which a drill begins.

import type {
  DrillKind,
  DrillObjective,
  DrillPhase,
  DrillPhaseName,
  DrillRecord,
} from "./drill-record.ts";
import type { RunRecord } from "./run-record.ts";

/** What is known of a server from before, newest first. */
export interface Measured {
  readonly drills: readonly DrillRecord[];
  readonly runs: readonly RunRecord[];
  readonly thresholdMs: number;
  /** Gaps between its last good heartbeats. */
  readonly gapsMs: readonly number[];
}

const exercised: Readonly<Record<DrillKind, readonly DrillPhaseName[]>> = {
  switchover: ["release", "start", "handover"],
  silence: ["detection", "start", "handover"],
  shadow: [],
};

/** The phases of a drill that begins, each with what is expected where it is not exercised. */
export function newPhases(
  kind: DrillKind,
  objective: DrillObjective,
  measured: Measured,
): readonly DrillPhase[] {
  const names: readonly DrillPhaseName[] = ["detection", "release", "start", "handover"];
  // Only a planned move has a release.
  const told = kind === "switchover" ? names : names.filter((name) => name !== "release");
  return told.map((name) => {
    const isExercised = exercised[kind].includes(name);
    const expected = isExercised ? nothingKnown : expect(name, measured);
    const times = { startedWallMs: undefined, tookMs: undefined, ...expected };
    return { name, isExercised, ...times, objectiveMs: objectiveOf(name, objective) };
  });
}

function objectiveOf(name: DrillPhaseName, objective: DrillObjective): number | undefined {
  switch (name) {
    case "detection":
      return objective.detectionMs;
    case "release":
      return undefined;
    case "start":
      return objective.startMs;
    case "handover":
      return objective.handoverMs;
  }
}

type Expected = Pick<DrillPhase, "expectedMs" | "note">;

const nothingKnown: Expected = { expectedMs: undefined, note: "" };

function expect(name: DrillPhaseName, measured: Measured): Expected {
  if (name === "detection") return expectDetection(measured);
  const drill = measured.drills.find((each) => tookOf(each, name) !== undefined);
  const run =
    name === "start" ? measured.runs.find((each) => startTookMs(each) !== undefined) : undefined;
  const isRunNewer = run !== undefined && run.startedWallMs > (drill?.startedWallMs ?? 0);
  if (isRunNewer) return { expectedMs: startTookMs(run), note: `as in run ${run.runId}` };
  if (drill === undefined) return { ...nothingKnown, note: "never measured" };
  return { expectedMs: tookOf(drill, name), note: `as in drill ${drill.drillId}` };
}

// The threshold counts from the last good heartbeat, so a failure right before the next one is
// noticed that much sooner.
function expectDetection({ thresholdMs, gapsMs }: Measured): Expected {
  const gapMs = Math.max(0, ...gapsMs);
  const soonest = inSeconds(Math.max(0, thresholdMs - gapMs));
  const note =
    `the threshold, from the last good heartbeat: ${soonest} to ${inSeconds(thresholdMs)} ` +
    `after a failure, with gaps of up to ${inSeconds(gapMs)}`;
  return { expectedMs: thresholdMs, note };
}

function tookOf(drill: DrillRecord, name: DrillPhaseName): number | undefined {
  return drill.phases.find((phase) => phase.name === name)?.tookMs;
}

/**
 * From the decision for the backup until its last channel ran. Undefined: the run did not do it.
 */
function startTookMs(run: RunRecord): number | undefined {
  const starts = run.steps.filter(({ step }) => step.kind === "start_channels");
  if (starts.length === 0 || starts.some(({ state }) => state !== "done")) return undefined;
  const endedWallMs = Math.max(...starts.map((each) => each.endedWallMs ?? run.startedWallMs));
  return Math.max(0, endedWallMs - run.startedWallMs);
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

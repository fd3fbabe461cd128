// Drills as views.

import { toDuration, toMilliseconds } from "@hot-backup/kit/duration.ts";
import {
  type Drill,
  DrillKind,
  type DrillObjective,
  type DrillPhase,
  DrillState,
  DrillVerdict,
} from "@hot-backup/proto/hotbackup/v1/drill.ts";
import type * as view from "../view/drill.ts";
import type { Heard } from "../view/source.ts";
import { instantMs, toldInstantMs } from "./instant.ts";

const kinds: Readonly<Record<view.DrillKind, DrillKind>> = {
  SWITCHOVER: DrillKind.DRILL_KIND_SWITCHOVER,
  SILENCE: DrillKind.DRILL_KIND_SILENCE,
  SHADOW: DrillKind.DRILL_KIND_SHADOW,
};

const states: ReadonlyMap<DrillState, view.DrillState> = new Map([
  [DrillState.DRILL_STATE_PASSED, "PASSED"],
  [DrillState.DRILL_STATE_FAILED, "FAILED"],
]);

const verdicts: ReadonlyMap<DrillVerdict, view.DrillVerdict> = new Map([
  [DrillVerdict.DRILL_VERDICT_PASSED, "PASSED"],
  [DrillVerdict.DRILL_VERDICT_FAILED, "FAILED"],
  [DrillVerdict.DRILL_VERDICT_NOT_EXERCISED, "NOT_EXERCISED"],
]);

export function toDrillView(drill: Drill, heard: Heard): view.DrillView {
  return {
    ...heard,
    drillId: drill.drillId,
    serverId: drill.serverId,
    kind: kindWord(drill.kind),
    actor: drill.actor,
    state: states.get(drill.state) ?? "RUNNING",
    phases: drill.phases.map(toPhase),
    channels: drill.channels.map(({ name, withoutRunnerOut, withoutRunnerBack }) => ({
      name,
      withoutRunnerOutMs: toMilliseconds(withoutRunnerOut),
      withoutRunnerBackMs: toMilliseconds(withoutRunnerBack),
    })),
    mails: drill.mails,
    because: drill.because,
    startedAtMs: toldInstantMs(drill.startedAt),
    endedAtMs: instantMs(drill.endedAt),
    asOfMs: toldInstantMs(drill.asOf),
  };
}

/** The kind of a word. */
export function drillKindOf(word: view.DrillKind): DrillKind {
  return kinds[word];
}

export function toDrillObjective(asked: view.DrillObjectiveRequest): DrillObjective {
  const { detectionMs, startMs, handoverMs } = asked;
  return {
    detection: detectionMs === undefined ? undefined : toDuration(detectionMs),
    start: startMs === undefined ? undefined : toDuration(startMs),
    handover: handoverMs === undefined ? undefined : toDuration(handoverMs),
  };
}

// A kind that a newer monitor has is one in which the channels move: it claims most care.
function kindWord(kind: DrillKind): view.DrillKind {
  if (kind === DrillKind.DRILL_KIND_SHADOW) return "SHADOW";
  return kind === DrillKind.DRILL_KIND_SILENCE ? "SILENCE" : "SWITCHOVER";
}

function toPhase({ name, took, expected, objective, verdict, note }: DrillPhase) {
  return {
    name,
    tookMs: toMilliseconds(took),
    expectedMs: toMilliseconds(expected),
    objectiveMs: toMilliseconds(objective),
    verdict: verdicts.get(verdict) ?? "OPEN",
    note,
  } satisfies view.DrillPhaseView;
}

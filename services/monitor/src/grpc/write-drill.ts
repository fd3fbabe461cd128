// A drill as the contract tells it.

import { toDuration } from "@hot-backup/kit/duration.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import {
  type Drill,
  DrillKind,
  type DrillPhase,
  DrillState,
  DrillVerdict,
} from "@hot-backup/proto/hotbackup/v1/drill.ts";
import {
  type DrillKind as KindName,
  type DrillPhase as Phase,
  type DrillRecord,
  verdictOf,
} from "../core/drill-record.ts";

const kinds = {
  switchover: DrillKind.DRILL_KIND_SWITCHOVER,
  silence: DrillKind.DRILL_KIND_SILENCE,
  shadow: DrillKind.DRILL_KIND_SHADOW,
} as const;

const states = {
  running: DrillState.DRILL_STATE_RUNNING,
  passed: DrillState.DRILL_STATE_PASSED,
  failed: DrillState.DRILL_STATE_FAILED,
} as const;

const verdicts = {
  open: DrillVerdict.DRILL_VERDICT_OPEN,
  passed: DrillVerdict.DRILL_VERDICT_PASSED,
  failed: DrillVerdict.DRILL_VERDICT_FAILED,
  not_exercised: DrillVerdict.DRILL_VERDICT_NOT_EXERCISED,
} as const;

/** The kind that a request names, or undefined. */
export function readDrillKind(kind: DrillKind): KindName | undefined {
  const names: readonly KindName[] = ["switchover", "silence", "shadow"];
  return names.find((name) => kinds[name] === kind);
}

export function writeDrill(drill: DrillRecord, wallMs: number): Drill {
  const { drillId, serverId, actor, objective, mails, because } = drill;
  return {
    drillId,
    serverId,
    kind: kinds[drill.kind],
    actor,
    objective: {
      detection: optional(objective.detectionMs),
      start: optional(objective.startMs),
      handover: optional(objective.handoverMs),
    },
    state: states[drill.state],
    phases: drill.phases.map((phase) => writePhase(phase, drill)),
    channels: drill.channels.map(({ name, outMs, backMs }) => ({
      name,
      withoutRunnerOut: optional(outMs),
      withoutRunnerBack: optional(backMs),
    })),
    mails,
    because,
    startedAt: new Date(drill.startedWallMs),
    endedAt: drill.endedWallMs === undefined ? undefined : new Date(drill.endedWallMs),
    asOf: new Date(wallMs),
  };
}

function writePhase(phase: Phase, drill: DrillRecord): DrillPhase {
  const { name, startedWallMs, tookMs, expectedMs, objectiveMs, note } = phase;
  return {
    name,
    startedAt: startedWallMs === undefined ? undefined : new Date(startedWallMs),
    took: optional(tookMs),
    expected: optional(expectedMs),
    objective: optional(objectiveMs),
    verdict: verdicts[verdictOf(phase, drill)],
    note,
  };
}

function optional(ms: number | undefined): Duration | undefined {
  return ms === undefined ? undefined : toDuration(ms);
}

// Drills: planned failovers with measured times.

import type { ReasonRequest } from "./action.ts";
import type { ActorView } from "./actor.ts";
import type { Heard } from "./source.ts";

export type DrillKind = "SWITCHOVER" | "SILENCE" | "SHADOW";

export interface DrillView extends Heard {
  readonly drillId: string;
  readonly serverId: string;
  readonly kind: DrillKind;
  readonly actor: ActorView | undefined;
  readonly objective: ObjectiveView;
  readonly state: "RUNNING" | "PASSED" | "FAILED";
  readonly phases: readonly {
    readonly name: string;
    /** Undefined: not measured yet. */
    readonly tookMs: number | undefined;
    readonly objectiveMs: number | undefined;
  }[];
  /** "": it did not fail. */
  readonly failedBecause: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly asOfMs: number;
}

/** Longest times that pass. Undefined: any. */
export interface ObjectiveView {
  readonly detectionMs: number | undefined;
  readonly startMs: number | undefined;
  readonly handoverMs: number | undefined;
}

export interface DrillRequest extends ReasonRequest {
  readonly kind: DrillKind;
  readonly objective: {
    readonly detectionMs?: number;
    readonly startMs?: number;
    readonly handoverMs?: number;
  };
}

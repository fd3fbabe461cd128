// Drills: planned failovers with measured times.

import type { ReasonRequest } from "./action.ts";
import type { ActorView } from "./actor.ts";
import type { Heard } from "./source.ts";

export type DrillKind = "SWITCHOVER" | "SILENCE" | "SHADOW";

export type DrillState = "RUNNING" | "PASSED" | "FAILED";

/** NOT_EXERCISED: this kind of drill does not do it, or it is not known how long it would take. */
export type DrillVerdict = "OPEN" | "PASSED" | "FAILED" | "NOT_EXERCISED";

/** One drill, under way or over. `toldBy` and `drillId` name it. */
export interface DrillView extends Heard {
  readonly drillId: string;
  readonly serverId: string;
  readonly kind: DrillKind;
  readonly actor: ActorView | undefined;
  readonly state: DrillState;
  /** In their order. */
  readonly phases: readonly DrillPhaseView[];
  /** Channels that ran on the primary when it began. */
  readonly channels: readonly DrillChannelView[];
  /** Mails that went out because of it. */
  readonly mails: number;
  /** Why it failed, or will. */
  readonly because: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly asOfMs: number;
}

export interface DrillPhaseView {
  /** "detection", "release", "start" or "handover". */
  readonly name: string;
  /** Undefined: it is not done. */
  readonly tookMs: number | undefined;
  /** How long it would take, where it is not exercised. Undefined: not known. */
  readonly expectedMs: number | undefined;
  /** How long it may take. Undefined: as long as it takes. */
  readonly objectiveMs: number | undefined;
  readonly verdict: DrillVerdict;
  /** "": nothing else is to be known. */
  readonly note: string;
}

/** How long a channel had no runner. Undefined: not seen. */
export interface DrillChannelView {
  readonly name: string;
  readonly withoutRunnerOutMs: number | undefined;
  readonly withoutRunnerBackMs: number | undefined;
}

export interface DrillRequest extends ReasonRequest {
  readonly kind: DrillKind;
  /** Longest times that pass, 1 ms to 1 h each. Absent: as long as it takes. */
  readonly objective: DrillObjectiveRequest;
}

export interface DrillObjectiveRequest {
  readonly detectionMs?: number | undefined;
  readonly startMs?: number | undefined;
  readonly handoverMs?: number | undefined;
}

// Runs of a flow, and the flow itself.

import type { ActorView } from "./actor.ts";
import type { ChannelResultView } from "./channel.ts";
import type { SignalWord } from "./signal.ts";
import type { Heard } from "./source.ts";

export type RunState = "RUNNING" | "HELD" | "FINISHED" | "SUPERSEDED";
export type StepState = "PENDING" | "RUNNING" | "RETRYING" | "DONE" | "FAILED" | "SKIPPED";

/** One execution of a flow. `toldBy` and `runId` name it. */
export interface RunView extends Heard {
  readonly runId: string;
  readonly serverId: string;
  /** "signal", "failback" or "switchover". */
  readonly reason: string;
  readonly signal: SignalWord;
  /** "": the decision switch picked none. */
  readonly caseName: string;
  readonly term: string;
  readonly state: RunState;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly asOfMs: number;
  readonly steps: readonly StepView[];
  /** "0": no signal began it. */
  readonly signalId: string;
  readonly actor: ActorView | undefined;
  readonly because: string;
  /** "": it was not held. */
  readonly heldBecause: string;
  /** 32 hex digits; "": none. */
  readonly traceId: string;
}

export interface StepView {
  readonly index: number;
  /** "startChannels", "stopChannels", "email", "webhook" or "command". */
  readonly kind: string;
  readonly subject: string;
  readonly state: StepState;
  readonly attempts: number;
  readonly lastError: string;
  readonly channels: readonly ChannelResultView[];
  readonly channelsOmitted: number;
  readonly isShortened: boolean;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
}

/** A step that would be done. */
export interface PlannedStepView {
  /** "startChannels", "stopChannels", "email", "webhook" or "command". */
  readonly kind: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly description: string;
}

/** The flow of a server as a graph: the switch, an edge per case, its steps. */
export interface FlowView {
  readonly serverId: string;
  /** The XPath of the switch, for people. */
  readonly decision: string;
  readonly cases: readonly FlowCaseView[];
  readonly asOfMs: number;
}

export interface FlowCaseView {
  readonly name: string;
  /** What the switch compares with, for people. */
  readonly when: string;
  readonly isDefault: boolean;
  /** Signals for which it would be picked now. */
  readonly signals: readonly SignalWord[];
  readonly steps: readonly PlannedStepView[];
}

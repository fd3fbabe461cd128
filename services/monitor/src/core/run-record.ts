// One execution of a flow and its steps, as the journal keeps them.

import type { FlowStep } from "./flow.ts";
import type { Signal } from "./server-record.ts";
import type { RunReason } from "./signal-document.ts";

export type RunState = "running" | "held" | "finished" | "superseded";
export type StepState = "pending" | "running" | "retrying" | "done" | "failed" | "skipped";

/** Who asked for something, and why. */
export interface Actor {
  readonly name: string;
  readonly reason: string;
}

/** Outcome of a start or stop for one channel, as its channels service told it. */
export interface ChannelOutcome {
  readonly name: string;
  /** STARTED, STOPPED, FAILED and so on. */
  readonly activity: string;
  readonly isOk: boolean;
  readonly error: string;
  readonly lastLines: readonly string[];
}

/** How the notify service took an email. */
export type EmailAnswer =
  | { readonly kind: "accepted" }
  /** Trying again may help. */
  | { readonly kind: "failed"; readonly error: string }
  /** Trying again cannot help: the message itself is refused. */
  | { readonly kind: "refused"; readonly error: string };

/** One step with its progress. */
export interface StepRecord {
  readonly step: FlowStep;
  readonly state: StepState;
  readonly attempts: number;
  readonly lastError: string;
  readonly channels: readonly ChannelOutcome[];
  readonly startedWallMs: number | undefined;
  readonly endedWallMs: number | undefined;
  /**
   * For an email: it went out while something still failed, so a second one follows when that is
   * resolved.
   */
  readonly owesResolution: boolean;
}

/** One execution of a flow. Instants are wall clock, milliseconds since 1970. */
export interface RunRecord {
  /** Unique in the journal: server id, term and reason. */
  readonly runId: string;
  readonly serverId: string;
  readonly host: string;
  readonly reason: RunReason;
  readonly signal: Signal;
  readonly because: string;
  readonly caseName: string;
  readonly document: string;
  /** Term that began the incident: the conversation of its mails. */
  readonly incidentTerm: bigint;
  /** Term of its orders. */
  readonly term: bigint;
  readonly state: RunState;
  /** Signal that began it. 0: none. */
  readonly signalId: bigint;
  readonly actor: Actor | undefined;
  readonly startedWallMs: number;
  readonly endedWallMs: number | undefined;
  /** Whether it has ever started a channel. */
  readonly hasStarted: boolean;
  /** Why it was held when it was decided, in one line. Empty: it was not. */
  readonly heldBecause: string;
  readonly steps: readonly StepRecord[];
}

/** A step that has not begun. */
export function newStepRecord(step: FlowStep): StepRecord {
  return {
    step,
    state: "pending",
    attempts: 0,
    lastError: "",
    channels: [],
    startedWallMs: undefined,
    endedWallMs: undefined,
    owesResolution: false,
  };
}

/** Whether a step is neither done, given up nor skipped. */
export function isOpen(step: StepRecord): boolean {
  return step.state === "pending" || step.state === "running" || step.state === "retrying";
}

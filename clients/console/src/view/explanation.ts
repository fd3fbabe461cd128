// Why a server is as it is, and what would change it.

import type { ActorView } from "./actor.ts";
import type { RunView } from "./run.ts";
import type { ServerState, ServerView } from "./server.ts";
import type { SignalView, SignalWord } from "./signal.ts";

export interface ExplanationView {
  readonly server: ServerView;
  readonly summary: string;
  /** Undefined: the rule does not apply now. */
  readonly timeToDeadMs: number | undefined;
  readonly blockedBy: readonly string[];
  readonly next: readonly RuleView[];
  /** Newest first. */
  readonly recentGapsMs: readonly number[];
  readonly monitorLagMs: number | undefined;
  /** Newest first. */
  readonly history: readonly HistoryView[];
  /** The decision behind one signal. Undefined: it was not asked for. */
  readonly past: PastDecisionView | undefined;
  /** What thresholds would cost. Undefined: the monitor does not tell. */
  readonly advice: ThresholdAdviceView | undefined;
}

/** A row of the state table. */
export interface RuleView {
  readonly event: string;
  readonly to: Exclude<ServerState, "UNKNOWN">;
  /** Undefined: none follows. */
  readonly signal: SignalWord | undefined;
  readonly because: string;
}

export interface HistoryView {
  readonly atMs: number;
  readonly text: string;
  readonly actor: ActorView | undefined;
  readonly term: string;
}

export interface PastDecisionView {
  readonly signal: SignalView;
  readonly rule: RuleView | undefined;
  readonly run: RunView | undefined;
  /** What was decided on, as lines for people. */
  readonly evidence: readonly string[];
  /** What came after it, as lines for people. */
  readonly next: readonly string[];
}

/** The threshold as a number: what each length would cost, from measured heartbeats. */
export interface ThresholdAdviceView {
  /** In one line, for people. */
  readonly summary: string;
  readonly rows: readonly ThresholdRowView[];
}

export interface ThresholdRowView {
  readonly thresholdMs: number;
  /** How long a death would go unnoticed, on average. */
  readonly detectionMs: number;
  /** False deaths to expect in a year. */
  readonly falseDeadPerYear: number | undefined;
}

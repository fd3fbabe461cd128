// Why a server is as it is, and what would change it.

import type { ActorView } from "./actor.ts";
import type { RunView } from "./run.ts";
import type { DeclaredState, ServerView } from "./server.ts";
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
  /** Changes and refusals, newest first. */
  readonly history: readonly HistoryView[];
  /** The decision behind one signal. Undefined: it was not asked for. */
  readonly past: PastDecisionView | undefined;
  /** What thresholds would cost. Undefined: the monitor does not tell. */
  readonly advice: ThresholdAdviceView | undefined;
  /** Undefined: the server is not protected by a lease. */
  readonly leaseHolding: LeaseHoldingView | undefined;
}

/** A row of the state table. */
export interface RuleView {
  readonly event: string;
  /** Undefined: it was not kept. */
  readonly from: DeclaredState | undefined;
  readonly to: DeclaredState;
  /** Undefined: none follows. */
  readonly signal: SignalWord | undefined;
  readonly because: string;
}

export interface HistoryView {
  readonly atMs: number;
  readonly text: string;
  readonly actor: ActorView | undefined;
  readonly term: string;
  /** What it was decided on, for people. "": nothing but what the text says. */
  readonly evidence: string;
  /** Reason of a refusal. "": nothing was refused. */
  readonly refusal: string;
}

/** Why a signal was given, and what came of it. */
export interface PastDecisionView {
  readonly signal: SignalView;
  readonly rule: RuleView | undefined;
  readonly evidence: EvidenceView | undefined;
  readonly run: RunView | undefined;
  /** Until the next signal, oldest first. */
  readonly history: readonly HistoryView[];
  readonly nextSignal: SignalView | undefined;
}

/** What the monitor knew when it decided. */
export interface EvidenceView {
  readonly sinceGoodMs: number | undefined;
  /** Newest first. */
  readonly gapsMs: readonly number[];
  readonly monitorLagMs: number | undefined;
  readonly notGoodBecause: string;
  readonly thresholdMs: number | undefined;
  readonly goodHeartbeats: number;
}

/** Who may run the channels by a lease, as far as the monitor knows. */
export interface LeaseHoldingView {
  readonly holder: string;
  readonly term: string;
  readonly isReportedHeld: boolean;
  readonly untilAtMs: number | undefined;
  readonly goneByAtMs: number | undefined;
  readonly text: string;
}

/** The threshold as a number: what each length would cost, from measured heartbeats. */
export interface ThresholdAdviceView {
  readonly samples: number;
  readonly overMs: number | undefined;
  readonly meanGapMs: number | undefined;
  readonly deviationMs: number | undefined;
  readonly longestGapMs: number | undefined;
  readonly outages: number;
  readonly present: ThresholdChoiceView | undefined;
  /** The shortest threshold first. */
  readonly choices: readonly ThresholdChoiceView[];
  readonly advised: ThresholdChoiceView | undefined;
  readonly text: string;
}

export interface ThresholdChoiceView {
  readonly thresholdMs: number;
  /** The longest lease it allows. Undefined: no lease. */
  readonly leaseMs: number | undefined;
  /** From a death to its signal, on average. */
  readonly detectionMs: number;
  readonly detectionWorstMs: number;
  readonly falseDeadPerYear: number;
  readonly falseDeadPerYearAtMost: number;
  readonly basis: string;
}

// Explanations as views.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import {
  type DecisionEvidence,
  type ExplainServerResponse,
  type HistoryEntry,
  type LeaseHolding,
  type PastDecision,
  type Server,
  ServerState,
  type ThresholdAdvice,
  type ThresholdChoice,
  type TransitionRule,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type {
  EvidenceView,
  ExplanationView,
  HistoryView,
  LeaseHoldingView,
  PastDecisionView,
  RuleView,
  ThresholdAdviceView,
  ThresholdChoiceView,
} from "../view/explanation.ts";
import type { Heard } from "../view/source.ts";
import { instantMs, toldInstantMs } from "./instant.ts";
import { toRunView, toSignalView } from "./run-view.ts";
import { toServerView } from "./server-view.ts";
import { findSignalWord, stateWord } from "./words.ts";

export function toExplanationView(
  told: ExplainServerResponse & { readonly server: Server },
  heard: Heard,
): ExplanationView {
  return {
    server: toServerView(told.server, heard),
    summary: told.summary,
    timeToDeadMs: toMilliseconds(told.timeToDead),
    blockedBy: told.blockedBy,
    next: told.next.map(toRule),
    recentGapsMs: told.recentGaps.map(toLength),
    monitorLagMs: toMilliseconds(told.monitorLag),
    history: told.history.map(toHistory),
    past: told.past && toPast(told.past, heard),
    advice: told.advice && toAdvice(told.advice),
    leaseHolding: told.leaseHolding && toLeaseHolding(told.leaseHolding),
  };
}

function toRule({ event, from, to, signal, because }: TransitionRule): RuleView {
  const isKept = from !== ServerState.SERVER_STATE_UNSPECIFIED;
  return {
    event,
    from: isKept ? stateWord(from) : undefined,
    to: stateWord(to),
    signal: findSignalWord(signal),
    because,
  };
}

function toHistory({ at, text, actor, term, evidence, refusal }: HistoryEntry): HistoryView {
  return { atMs: toldInstantMs(at), text, actor, term: String(term), evidence, refusal };
}

function toPast(past: PastDecision, heard: Heard): PastDecisionView | undefined {
  const { signal, rule, evidence, run, history, nextSignal } = past;
  if (signal === undefined) return undefined;
  return {
    signal: toSignalView(signal, heard),
    rule: rule && toRule(rule),
    evidence: evidence && toEvidence(evidence),
    run: run && toRunView(run, heard),
    history: history.map(toHistory),
    nextSignal: nextSignal && toSignalView(nextSignal, heard),
  };
}

function toEvidence(evidence: DecisionEvidence): EvidenceView {
  return {
    sinceGoodMs: toMilliseconds(evidence.sinceGood),
    gapsMs: evidence.gaps.map(toLength),
    monitorLagMs: toMilliseconds(evidence.monitorLag),
    notGoodBecause: evidence.notGoodBecause,
    thresholdMs: toMilliseconds(evidence.threshold),
    goodHeartbeats: Number(evidence.goodHeartbeats),
  };
}

function toLeaseHolding(holding: LeaseHolding): LeaseHoldingView {
  return {
    holder: holding.holder,
    term: String(holding.term),
    isReportedHeld: holding.reportedHeld,
    untilAtMs: instantMs(holding.until),
    goneByAtMs: instantMs(holding.goneBy),
    text: holding.text,
  };
}

function toAdvice(advice: ThresholdAdvice): ThresholdAdviceView {
  return {
    samples: Number(advice.samples),
    overMs: toMilliseconds(advice.over),
    meanGapMs: toMilliseconds(advice.meanGap),
    deviationMs: toMilliseconds(advice.deviation),
    longestGapMs: toMilliseconds(advice.longestGap),
    outages: Number(advice.outages),
    present: advice.present && toChoice(advice.present),
    choices: advice.choices.map(toChoice),
    advised: advice.advised && toChoice(advice.advised),
    text: advice.text,
  };
}

function toChoice(choice: ThresholdChoice): ThresholdChoiceView {
  return {
    thresholdMs: toMilliseconds(choice.threshold) ?? 0,
    leaseMs: toMilliseconds(choice.lease),
    detectionMs: toMilliseconds(choice.detection) ?? 0,
    detectionWorstMs: toMilliseconds(choice.detectionWorst) ?? 0,
    falseDeadPerYear: choice.falseDeadPerYear,
    falseDeadPerYearAtMost: choice.falseDeadPerYearAtMost,
    basis: choice.basis,
  };
}

function toLength(duration: Duration): number {
  return toMilliseconds(duration);
}

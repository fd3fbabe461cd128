// What a decision rests on, as the contract tells it: rows of the state table, evidence and advice.

import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  type DecisionEvidence,
  ServerState,
  type ThresholdAdvice as AdviceMessage,
  type ThresholdChoice as ChoiceMessage,
  type TransitionRule,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { writeServerState, writeSignalName } from "../convert.ts";
import type { Evidence } from "../core/evidence.ts";
import type { DecidedBy } from "../core/past-decision.ts";
import type { ThresholdAdvice, ThresholdChoice } from "../core/threshold-advice.ts";

export function writeRule(row: DecidedBy): TransitionRule {
  const { from, on, to, signal, because } = row;
  return {
    event: on,
    from: from === undefined ? ServerState.SERVER_STATE_UNSPECIFIED : writeServerState(from),
    to: writeServerState(to),
    signal: signal === undefined ? Signal.SIGNAL_UNSPECIFIED : writeSignalName(signal),
    because,
  };
}

export function writeEvidence(evidence: Evidence): DecisionEvidence {
  const { sinceGoodMs, gapsMs, stallMs, notGood, thresholdMs, goodCount } = evidence;
  return {
    sinceGood: sinceGoodMs === undefined ? undefined : toDuration(sinceGoodMs),
    gaps: gapsMs.map(toDuration),
    monitorLag: toDuration(stallMs),
    notGoodBecause: notGood,
    threshold: toDuration(thresholdMs),
    goodHeartbeats: BigInt(goodCount),
  };
}

export function writeAdvice(advice: ThresholdAdvice): AdviceMessage {
  const { samples, overMs, meanMs, deviationMs, longestMs, outages } = advice;
  const measured = (milliseconds: number) => (samples === 0 ? undefined : toDuration(milliseconds));
  const { present, choices, advised, text } = advice;
  return {
    samples: BigInt(samples),
    over: toDuration(overMs),
    meanGap: measured(meanMs),
    deviation: measured(deviationMs),
    longestGap: measured(longestMs),
    outages: BigInt(outages),
    present: present === undefined ? undefined : writeChoice(present),
    choices: choices.map(writeChoice),
    advised: advised === undefined ? undefined : writeChoice(advised),
    text,
  };
}

function writeChoice(choice: ThresholdChoice): ChoiceMessage {
  const { thresholdMs, leaseMs, detectionMs, detectionWorstMs, basis } = choice;
  return {
    threshold: toDuration(thresholdMs),
    lease: leaseMs === undefined ? undefined : toDuration(leaseMs),
    detection: toDuration(detectionMs),
    detectionWorst: toDuration(detectionWorstMs),
    falseDeadPerYear: choice.falseDeadPerYear,
    falseDeadPerYearAtMost: choice.falseDeadPerYearAtMost,
    leaseEndedPerYear: choice.leaseEndedPerYear ?? 0,
    basis,
  };
}

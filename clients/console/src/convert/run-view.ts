// Signals, runs and flows as views.

import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import type {
  FlowCase,
  GetFlowResponse,
  PlannedStep,
  Run,
  SignalRecord,
  Step,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { FlowCaseView, FlowView, PlannedStepView, RunView, StepView } from "../view/run.ts";
import type { SignalView } from "../view/signal.ts";
import type { Heard } from "../view/source.ts";
import { toChannelResultView } from "./channel-view.ts";
import { instantMs, toldInstantMs } from "./instant.ts";
import { findSignalWord, runStateWord, signalWord, stepStateWord } from "./words.ts";

export function toSignalView(record: SignalRecord, heard: Heard): SignalView {
  return {
    ...heard,
    signalId: String(record.signalId),
    serverId: record.serverId,
    signal: signalWord(record.signal),
    term: String(record.term),
    atMs: toldInstantMs(record.at),
    because: record.because,
    document: record.document,
    runId: record.runId,
    evidence: record.evidence,
    host: record.host,
    traceId: record.traceId,
  };
}

export function toRunView(run: Run, heard: Heard): RunView {
  return {
    ...heard,
    runId: run.runId,
    serverId: run.serverId,
    reason: run.reason,
    signal: signalWord(run.signal),
    caseName: run.caseName,
    term: String(run.term),
    state: runStateWord(run.state),
    startedAtMs: toldInstantMs(run.startedAt),
    endedAtMs: instantMs(run.endedAt),
    asOfMs: toldInstantMs(run.asOf),
    steps: run.steps.map(toStepView),
    signalId: String(run.signalId),
    actor: run.actor,
    because: run.because,
    heldBecause: run.heldBecause,
    traceId: run.traceId,
  };
}

function toStepView(step: Step): StepView {
  return {
    index: step.index,
    kind: step.kind,
    subject: step.subject,
    state: stepStateWord(step.state),
    attempts: step.attempts,
    lastError: inPlainWords(step.lastError),
    channels: step.channels.map(toChannelResultView),
    channelsOmitted: step.channelsOmitted,
    isShortened: step.shortened,
    startedAtMs: instantMs(step.startedAt),
    endedAtMs: instantMs(step.endedAt),
  };
}

export function toPlannedStepView({ kind, subject, names, description }: PlannedStep) {
  return { kind, subject, names, description } satisfies PlannedStepView;
}

export function toFlowView(flow: GetFlowResponse): FlowView {
  return {
    serverId: flow.serverId,
    decision: flow.decision,
    cases: flow.cases.map(toFlowCase),
    asOfMs: toldInstantMs(flow.asOf),
  };
}

function toFlowCase({ name, when, isDefault, signals, steps }: FlowCase): FlowCaseView {
  return {
    name,
    when,
    isDefault,
    signals: signals.flatMap((each) => findSignalWord(each) ?? []),
    steps: steps.map(toPlannedStepView),
  };
}

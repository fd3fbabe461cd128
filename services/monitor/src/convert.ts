// The only place where the generated types of the contracts and the types of the core meet.

import {
  Activity,
  activityFromJSON,
  type Channel,
  type ChannelResult,
  type ProtectedChannel,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  FlowReason,
  type HistoryEntry as HistoryMessage,
  type Run,
  RunState,
  ServerState,
  type SignalRecord as SignalMessage,
  type Step,
  StepState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { type Order, Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { ChannelOutcome, RunRecord, StepRecord } from "./core/run-record.ts";
import type { ServerRecord, Signal as SignalName } from "./core/server-record.ts";
import type { RunReason } from "./core/signal-document.ts";
import { describeStep } from "./flow/steps.ts";
import type { HistoryEntry, ObservedChannel, SignalRecord } from "./ports.ts";
import { traceOf } from "./run-trace.ts";

/** Most lines of output that are kept of a channel, as the contract has it. */
const lastLinesMax = 20;

/** Characters of a digest that heartbeats carry, as the contract has it. */
const shortDigestLength = 16;

/** Most of one error or one line that is kept: a run has thousands of them, and mails tell them. */
const textMax = 1000;

const activityNames: Readonly<Record<number, string>> = {
  [Activity.ACTIVITY_STOPPED]: "STOPPED",
  [Activity.ACTIVITY_STARTING]: "STARTING",
  [Activity.ACTIVITY_STARTED]: "STARTED",
  [Activity.ACTIVITY_STOPPING]: "STOPPING",
  [Activity.ACTIVITY_RESTARTING]: "RESTARTING",
  [Activity.ACTIVITY_FAILED]: "FAILED",
};

// What this version does not know has no name that any rule waits for: neither started nor stopped.
function readActivity(activity: Activity): string {
  return activityNames[activity] ?? "UNKNOWN";
}

/** The order that goes with every start and stop. */
export function writeOrder(order: { serverId: string; term: bigint; journalId: string }): Order {
  return { serverId: order.serverId, term: order.term, journalId: order.journalId };
}

/** The outcome for one channel, as its channels service told it. */
export function readOutcome(result: ChannelResult): ChannelOutcome {
  return {
    name: result.name,
    activity: readActivity(result.activity),
    isOk: result.ok,
    error: result.error.slice(0, textMax),
    lastLines: result.lastLines.slice(-lastLinesMax).map((line) => line.slice(0, textMax)),
  };
}

/**
 * Like readOutcome, for a stop: it may open the gate, so that only an activity with no process left
 * counts, whatever else the answer says. What is not deployed there runs nothing there.
 */
export function readStopOutcome(result: ChannelResult): ChannelOutcome {
  const outcome = readOutcome(result);
  const hasProcess =
    outcome.activity !== "STOPPED" && result.activity !== Activity.ACTIVITY_UNSPECIFIED;
  if (result.reason === "UNKNOWN_CHANNEL" && !hasProcess) {
    return { ...outcome, activity: "STOPPED", isOk: true, error: "" };
  }
  if (!outcome.isOk || outcome.activity === "STOPPED" || outcome.activity === "FAILED") {
    return outcome;
  }
  return { ...outcome, isOk: false, error: `it is still ${outcome.activity}` };
}

/** What a channel does. A channel without a definition is nobody's, and has no name. */
export function readObserved(channel: Channel): ObservedChannel {
  return {
    name: channel.definition?.name ?? "",
    protectedBy: channel.definition?.protectedBy ?? "",
    activity: readActivity(channel.activity),
    term: channel.order?.term ?? 0n,
    isOverridden: channel.override !== undefined,
    digest: channel.digest.slice(0, shortDigestLength),
  };
}

/** What a server tells of one of its protected channels. */
export function readProtected({ name, activity, term }: ProtectedChannel) {
  return { name, activity: readActivity(activity), term };
}

/** The state of a server. Never heard, and not heard since the start, are both WAITING. */
export function writeServerState(state: ServerRecord["state"]): ServerState {
  switch (state) {
    case "unheard":
    case "waiting":
      return ServerState.SERVER_STATE_WAITING;
    case "live":
      return ServerState.SERVER_STATE_LIVE;
    case "dead":
      return ServerState.SERVER_STATE_DEAD;
    case "closed":
      return ServerState.SERVER_STATE_CLOSED;
  }
}

const signals = {
  LIVE: Signal.SIGNAL_LIVE,
  DEAD: Signal.SIGNAL_DEAD,
  CLOSE: Signal.SIGNAL_CLOSE,
} as const;

export function writeSignalName(signal: SignalName): Signal {
  return signals[signal];
}

/** The signal that a request names, or undefined. */
export function readSignalName(signal: Signal): SignalName | undefined {
  const names: readonly SignalName[] = ["LIVE", "DEAD", "CLOSE"];
  return names.find((name) => signals[name] === signal);
}

const flowReasons: Readonly<Record<number, RunReason>> = {
  [FlowReason.FLOW_REASON_UNSPECIFIED]: "signal",
  [FlowReason.FLOW_REASON_SIGNAL]: "signal",
  [FlowReason.FLOW_REASON_FAILBACK]: "failback",
  [FlowReason.FLOW_REASON_SWITCHOVER]: "switchover",
};

/** Why a flow would run, as a request says it, or undefined. */
export function readFlowReason(reason: FlowReason): RunReason | undefined {
  return flowReasons[reason];
}

/** A signal of the journal. */
export function writeSignal(record: SignalRecord): SignalMessage {
  const { wallMs, signal, facts, rule, ...rest } = record;
  const { traceId } = traceOf({ runId: record.runId, startedWallMs: wallMs });
  return { ...rest, signal: writeSignalName(signal), at: new Date(wallMs), traceId };
}

/** A line of a history. */
export function writeHistory({ serverId, wallMs, ...line }: HistoryEntry): HistoryMessage {
  return { ...line, at: new Date(wallMs) };
}

const runStates = {
  running: RunState.RUN_STATE_RUNNING,
  held: RunState.RUN_STATE_HELD,
  finished: RunState.RUN_STATE_FINISHED,
  superseded: RunState.RUN_STATE_SUPERSEDED,
} as const;

/** A run of the journal, with its steps, as of an instant. */
export function writeRun(run: RunRecord, told: { journalId: string; wallMs: number }): Run {
  const { runId, serverId, reason, caseName, term, signalId, actor, because, heldBecause } = run;
  return {
    runId,
    serverId,
    reason,
    caseName,
    term,
    signalId,
    actor,
    signal: writeSignalName(run.signal),
    state: runStates[run.state],
    startedAt: new Date(run.startedWallMs),
    endedAt: writeInstant(run.endedWallMs),
    steps: run.steps.map(writeStep),
    because,
    heldBecause,
    asOf: new Date(told.wallMs),
    journalId: told.journalId,
    traceId: traceOf(run).traceId,
  };
}

const stepStates = {
  pending: StepState.STEP_STATE_PENDING,
  running: StepState.STEP_STATE_RUNNING,
  retrying: StepState.STEP_STATE_RETRYING,
  done: StepState.STEP_STATE_DONE,
  failed: StepState.STEP_STATE_FAILED,
  skipped: StepState.STEP_STATE_SKIPPED,
} as const;

function writeStep(record: StepRecord, index: number): Step {
  const { kind, subject } = describeStep(record.step);
  return {
    index,
    kind,
    subject,
    state: stepStates[record.state],
    attempts: record.attempts,
    lastError: record.lastError,
    channels: record.channels.map(writeOutcome),
    channelsOmitted: 0,
    shortened: false,
    startedAt: writeInstant(record.startedWallMs),
    endedAt: writeInstant(record.endedWallMs),
  };
}

/** A channel of a target, as it is seen from here. What is not known now is told as such. */
export function writeObserved(channel: ObservedChannel, isKnown: boolean): ProtectedChannel {
  const { name, activity, term } = channel;
  const told = isKnown ? activityFromJSON(`ACTIVITY_${activity}`) : Activity.ACTIVITY_UNKNOWN;
  return { name, activity: told, term, digest: channel.digest };
}

function writeOutcome(outcome: ChannelOutcome): ChannelResult {
  return {
    name: outcome.name,
    activity: activityFromJSON(`ACTIVITY_${outcome.activity}`),
    ok: outcome.isOk,
    error: outcome.error,
    reason: "",
    lastLines: outcome.lastLines,
  };
}

function writeInstant(wallMs: number | undefined): Date | undefined {
  return wallMs === undefined ? undefined : new Date(wallMs);
}

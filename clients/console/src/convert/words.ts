// The words of the contracts as the words of the views. A number that a newer service sends, and
// that this gateway does not know, becomes the word that claims least.

import { Activation, Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { StreamState } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import {
  Assignment,
  RunState,
  ServerState,
  StepState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type * as channel from "../view/channel.ts";
import type * as mail from "../view/mail.ts";
import type { HeartbeatView } from "../view/pulse.ts";
import type * as run from "../view/run.ts";
import type * as server from "../view/server.ts";
import type { SignalWord } from "../view/signal.ts";

const states: ReadonlyMap<ServerState, server.DeclaredState> = new Map([
  [ServerState.SERVER_STATE_LIVE, "LIVE"],
  [ServerState.SERVER_STATE_DEAD, "DEAD"],
  [ServerState.SERVER_STATE_CLOSED, "CLOSED"],
]);

export function stateWord(state: ServerState): server.DeclaredState {
  return states.get(state) ?? "WAITING";
}

const assignments: ReadonlyMap<Assignment, server.Assignment> = new Map([
  [Assignment.ASSIGNMENT_PRIMARY, "PRIMARY"],
  [Assignment.ASSIGNMENT_BACKUP, "BACKUP"],
]);

export function assignmentWord(assignment: Assignment): server.Assignment {
  return assignments.get(assignment) ?? "NOBODY";
}

const signals: ReadonlyMap<Signal, SignalWord> = new Map([
  [Signal.SIGNAL_LIVE, "LIVE"],
  [Signal.SIGNAL_DEAD, "DEAD"],
  [Signal.SIGNAL_CLOSE, "CLOSE"],
]);

/** Undefined: there is no signal. */
export function findSignalWord(signal: Signal): SignalWord | undefined {
  return signals.get(signal);
}

export function signalWord(signal: Signal): SignalWord {
  return findSignalWord(signal) ?? "CLOSE";
}

/** The signal of a word. */
export function signalOf(word: "LIVE" | "DEAD"): Signal {
  return word === "LIVE" ? Signal.SIGNAL_LIVE : Signal.SIGNAL_DEAD;
}

const runStates: ReadonlyMap<RunState, run.RunState> = new Map([
  [RunState.RUN_STATE_HELD, "HELD"],
  [RunState.RUN_STATE_FINISHED, "FINISHED"],
  [RunState.RUN_STATE_SUPERSEDED, "SUPERSEDED"],
]);

export function runStateWord(state: RunState): run.RunState {
  return runStates.get(state) ?? "RUNNING";
}

const stepStates: ReadonlyMap<StepState, run.StepState> = new Map([
  [StepState.STEP_STATE_RUNNING, "RUNNING"],
  [StepState.STEP_STATE_RETRYING, "RETRYING"],
  [StepState.STEP_STATE_DONE, "DONE"],
  [StepState.STEP_STATE_FAILED, "FAILED"],
  [StepState.STEP_STATE_SKIPPED, "SKIPPED"],
]);

export function stepStateWord(state: StepState): run.StepState {
  return stepStates.get(state) ?? "PENDING";
}

const activities: ReadonlyMap<Activity, channel.Activity> = new Map([
  [Activity.ACTIVITY_STOPPED, "STOPPED"],
  [Activity.ACTIVITY_STARTING, "STARTING"],
  [Activity.ACTIVITY_STARTED, "STARTED"],
  [Activity.ACTIVITY_STOPPING, "STOPPING"],
  [Activity.ACTIVITY_RESTARTING, "RESTARTING"],
  [Activity.ACTIVITY_FAILED, "FAILED"],
]);

export function activityWord(activity: Activity): channel.Activity {
  return activities.get(activity) ?? "UNKNOWN";
}

export function activationWord(activation: Activation): channel.Activation {
  return activation === Activation.ACTIVATION_ACTIVE ? "ACTIVE" : "INACTIVE";
}

const deliveryStates: ReadonlyMap<DeliveryState, mail.DeliveryState> = new Map([
  [DeliveryState.DELIVERY_STATE_SENT, "SENT"],
  [DeliveryState.DELIVERY_STATE_FAILED, "FAILED"],
]);

export function deliveryStateWord(state: DeliveryState): mail.DeliveryState {
  return deliveryStates.get(state) ?? "QUEUED";
}

/** The state of a word. Unspecified: any. */
export function deliveryStateOf(word: mail.DeliveryState | undefined): DeliveryState {
  switch (word) {
    case "QUEUED":
      return DeliveryState.DELIVERY_STATE_QUEUED;
    case "SENT":
      return DeliveryState.DELIVERY_STATE_SENT;
    case "FAILED":
      return DeliveryState.DELIVERY_STATE_FAILED;
    case undefined:
      return DeliveryState.DELIVERY_STATE_UNSPECIFIED;
  }
}

const streamStates: ReadonlyMap<StreamState, HeartbeatView["state"]> = new Map([
  [StreamState.STREAM_STATE_OPEN, "OPEN"],
  [StreamState.STREAM_STATE_CLOSING, "CLOSING"],
]);

export function streamStateWord(state: StreamState): HeartbeatView["state"] {
  return streamStates.get(state) ?? "CONNECTING";
}

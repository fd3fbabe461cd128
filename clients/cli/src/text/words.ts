// The words for what the contracts tell, and how they look. They are the names in the contracts
// without what is the same in all of them.

import {
  type Activation,
  activationToJSON,
  type Activity,
  Activity as ActivityValue,
  activityToJSON,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  type Assignment,
  assignmentToJSON,
  type RunState,
  RunState as RunStateValue,
  runStateToJSON,
  type StepState,
  StepState as StepStateValue,
  stepStateToJSON,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import {
  type DeliveryState,
  DeliveryState as DeliveryStateValue,
  deliveryStateToJSON,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import {
  type Signal,
  Signal as SignalValue,
  signalToJSON,
} from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Style } from "./paint.ts";

/** A cell of a table. */
export interface Word {
  readonly text: string;
  readonly style: Style | undefined;
}

export const unknown: Word = { text: "UNKNOWN", style: "bad" };

export function signalWord(signal: Signal): Word {
  const text = signalToJSON(signal).replace("SIGNAL_", "");
  if (signal === SignalValue.SIGNAL_LIVE) return { text, style: "good" };
  return { text, style: signal === SignalValue.SIGNAL_DEAD ? "bad" : "warning" };
}

export function activityWord(activity: Activity): Word {
  const text = activityToJSON(activity).replace("ACTIVITY_", "");
  if (activity === ActivityValue.ACTIVITY_STARTED) return { text, style: "good" };
  if (activity === ActivityValue.ACTIVITY_STOPPED) return { text, style: "quiet" };
  const isBad = activity === ActivityValue.ACTIVITY_FAILED;
  const isUnknown = activity === ActivityValue.ACTIVITY_UNKNOWN;
  return { text, style: isBad || isUnknown ? "bad" : "warning" };
}

export function activationWord(activation: Activation): string {
  return activationToJSON(activation).replace("ACTIVATION_", "");
}

export function assignmentWord(assignment: Assignment): string {
  return assignmentToJSON(assignment).replace("ASSIGNMENT_", "");
}

export function runWord(state: RunState): Word {
  const text = runStateToJSON(state).replace("RUN_STATE_", "");
  if (state === RunStateValue.RUN_STATE_FINISHED) return { text, style: "good" };
  return { text, style: state === RunStateValue.RUN_STATE_SUPERSEDED ? "quiet" : "warning" };
}

export function stepWord(state: StepState): Word {
  const text = stepStateToJSON(state).replace("STEP_STATE_", "");
  if (state === StepStateValue.STEP_STATE_DONE) return { text, style: "good" };
  if (state === StepStateValue.STEP_STATE_FAILED) return { text, style: "bad" };
  return { text, style: state === StepStateValue.STEP_STATE_SKIPPED ? "quiet" : "warning" };
}

export function deliveryWord(state: DeliveryState): Word {
  const text = deliveryStateToJSON(state).replace("DELIVERY_STATE_", "");
  if (state === DeliveryStateValue.DELIVERY_STATE_SENT) return { text, style: "good" };
  return { text, style: state === DeliveryStateValue.DELIVERY_STATE_FAILED ? "bad" : "warning" };
}

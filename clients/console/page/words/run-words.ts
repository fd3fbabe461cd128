// How far runs, their steps and mails are: words and looks.

import type { DeliveryState } from "../../src/view/mail.ts";
import type { RunState, StepState } from "../../src/view/run.ts";
import type { Word } from "./mark.tsx";

const runs: Readonly<Record<RunState, Word>> = {
  RUNNING: { text: "RUNNING", tone: "warn", shape: "half" },
  HELD: { text: "HELD", tone: "warn", shape: "triangle" },
  FINISHED: { text: "FINISHED", tone: "good", shape: "disc" },
  SUPERSEDED: { text: "SUPERSEDED", tone: "quiet", shape: "ring" },
};

const steps: Readonly<Record<StepState, Word>> = {
  PENDING: { text: "PENDING", tone: "quiet", shape: "ring" },
  RUNNING: { text: "RUNNING", tone: "warn", shape: "half" },
  RETRYING: { text: "RETRYING", tone: "warn", shape: "triangle" },
  DONE: { text: "DONE", tone: "good", shape: "disc" },
  FAILED: { text: "FAILED", tone: "bad", shape: "cross" },
  SKIPPED: { text: "SKIPPED", tone: "quiet", shape: "square" },
};

const deliveries: Readonly<Record<DeliveryState, Word>> = {
  QUEUED: { text: "QUEUED", tone: "warn", shape: "half" },
  SENT: { text: "SENT", tone: "good", shape: "disc" },
  FAILED: { text: "FAILED", tone: "bad", shape: "cross" },
};

export function runWord(state: RunState): Word {
  return runs[state];
}

export function stepWord(state: StepState): Word {
  return steps[state];
}

export function deliveryWord(state: DeliveryState): Word {
  return deliveries[state];
}

// What the answer of an attempt makes of a step of a run: done, failed for good, or to be tried
// again, and with what for its channels.

import { isNamed } from "./channel-name.ts";
import type { ChannelOutcome, EmailAnswer, StepRecord, StepState } from "./run-record.ts";

/** Most channels whose errors are the error of their step. */
const failuresToldMax = 10;

/** How an attempt of a step ended. */
export type StepAnswer =
  | { readonly kind: "channels"; readonly channels: readonly ChannelOutcome[] }
  | { readonly kind: "email"; readonly answer: EmailAnswer; readonly isUnresolved: boolean }
  | { readonly kind: "action"; readonly error: string }
  | { readonly kind: "failed"; readonly error: string };

/** The step after an attempt. */
export function settle(step: StepRecord, answer: StepAnswer, wallMs: number): StepRecord {
  const end = (state: StepState, error: string): StepRecord =>
    state === "done" || state === "failed"
      ? { ...step, state, lastError: error, endedWallMs: wallMs }
      : { ...step, state, lastError: error };
  switch (answer.kind) {
    case "channels":
      return settleChannels(step, answer.channels, wallMs);
    case "email":
      if (answer.answer.kind === "refused") return end("failed", answer.answer.error);
      if (answer.answer.kind === "failed") return end("retrying", answer.answer.error);
      if (answer.isUnresolved) return { ...end("running", ""), owesResolution: true };
      return { ...end("done", ""), owesResolution: false };
    case "action": {
      if (answer.error === "") return end("done", "");
      const isLast = "attemptsMax" in step.step && step.attempts >= step.step.attemptsMax;
      return end(isLast ? "failed" : "retrying", answer.error);
    }
    case "failed":
      return end("retrying", answer.error);
  }
}

function settleChannels(
  step: StepRecord,
  answered: readonly ChannelOutcome[],
  wallMs: number,
): StepRecord {
  // An answer takes the place of the channel's earlier one, and of that of a prefix that means it.
  const kept = step.channels.filter(
    ({ name }) => !answered.some((each) => isNamed(each.name, name)),
  );
  const channels = [...kept, ...answered].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const failed = channels.filter((channel) => !channel.isOk);
  if (failed.length === 0) {
    return { ...step, channels, state: "done", lastError: "", endedWallMs: wallMs };
  }
  return { ...step, channels, state: "retrying", lastError: summarize(failed) };
}

// Each of them has its own error; a step names the first ones and how many more there are.
function summarize(failed: readonly ChannelOutcome[]): string {
  const told = failed.slice(0, failuresToldMax).map(({ name, error }) => `${name}: ${error}`);
  const untold = failed.length - told.length;
  return told.join("; ") + (untold === 0 ? "" : `; and ${untold} more`);
}

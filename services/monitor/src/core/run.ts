// One run in progress: which step is due, what to order again, when the mail goes out, when it is
// over. step functions are pure; orders carry the term the run was decided under and are harmless
// to repeat.
//
// Channel steps, webhooks and commands go in order, each after the one before is settled. An email
// waits for those before it, but no longer than mailDelay, and never holds them up.

import { dueSteps, type RunProgress, type RunSettings } from "./run-due.ts";
import { isOpen, type RunRecord, type StepRecord } from "./run-record.ts";
import type { Moment } from "./server-event.ts";
import { settle, type StepAnswer } from "./settle-step.ts";

/** What a step shall do now. `names`: the channels still to be ordered. */
export type RunEffect =
  | { readonly kind: "order_channels"; readonly index: number; readonly names: readonly string[] }
  | { readonly kind: "send_email"; readonly index: number; readonly isResolution: boolean }
  | { readonly kind: "call_webhook"; readonly index: number }
  | { readonly kind: "run_command"; readonly index: number };

/** A run that begins, or goes on after a restart of the monitor: nothing is in flight. */
export function openRun(run: RunRecord, nowMs: number): RunProgress {
  const retryAtMs = run.steps.map(() => 0);
  return { run, beganMs: nowMs, inFlight: new Set(), retryAtMs, observed: new Map() };
}

/** What is due now. Marks it as in flight and as tried. */
export function advanceRun(
  progress: RunProgress,
  settings: RunSettings,
  moment: Moment,
): { progress: RunProgress; effects: readonly RunEffect[] } {
  const due = dueSteps(progress, settings, moment.nowMs);
  const steps = progress.run.steps.map((each, index) =>
    due.includes(index) ? beginAttempt(each, moment.wallMs) : each,
  );
  const inFlight = new Set([...progress.inFlight, ...due]);
  const isSame = due.length === 0 && (progress.run.state !== "running" || steps.some(isOpen));
  if (isSame) return { progress, effects: [] };
  const run = close({ ...progress.run, steps }, moment.wallMs);
  // What was seen before an order says nothing about what it will do.
  const observed = new Map([...progress.observed].filter(([index]) => !due.includes(index)));
  return {
    progress: { ...progress, run, inFlight, observed },
    effects: due.map((index) => effectOf(progress.run.steps[index], index)),
  };
}

/** An attempt has ended. `pauseMs`: how long to wait before the next one, if one is needed. */
export function answerStep(
  progress: RunProgress,
  index: number,
  answered: Moment & { answer: StepAnswer; pauseMs: number },
): RunProgress {
  const before = progress.run.steps[index];
  if (before === undefined || !progress.inFlight.has(index)) return progress;
  const after = withObserved(
    settle(before, answered.answer, answered.wallMs),
    progress.observed.get(index),
  );
  const step = progress.run.state === "superseded" ? lastOf(after) : after;
  const hasStarted = progress.run.hasStarted || hasStartedAny(after);
  const run = { ...progress.run, hasStarted, steps: progress.run.steps.with(index, step) };
  return {
    ...progress,
    run: close(run, answered.wallMs),
    inFlight: new Set([...progress.inFlight].filter((each) => each !== index)),
    retryAtMs: progress.retryAtMs.with(index, answered.nowMs + answered.pauseMs),
  };
}

/** A newer run took its place: nothing more is ordered, but its mails still go out. */
export function supersedeRun(progress: RunProgress, wallMs: number): RunProgress {
  if (progress.run.state === "superseded" || progress.run.state === "finished") return progress;
  const steps = progress.run.steps.map((each): StepRecord => {
    const last = lastOf(each);
    return last === each ? each : { ...last, endedWallMs: wallMs };
  });
  return { ...progress, run: { ...progress.run, steps, state: "superseded", endedWallMs: wallMs } };
}

/** A held run goes on, under the term of the decision to let it. */
export function releaseRun(
  progress: RunProgress,
  released: Pick<RunRecord, "term" | "actor">,
): RunProgress {
  if (progress.run.state !== "held") return progress;
  return { ...progress, run: { ...progress.run, ...released, state: "running" } };
}

/**
 * What is seen of the channels of a target. Channels that the run had started and that do not run
 * any more are ordered again, under the same term. `isRunning` tells of each channel; undefined:
 * nothing was told of it.
 */
export function observeTarget(
  progress: RunProgress,
  target: string,
  isRunning: (name: string) => boolean | undefined,
): RunProgress {
  const { run, inFlight } = progress;
  if (run.state === "superseded" || run.state === "held") return progress;
  const observed = new Map(progress.observed);
  const steps = run.steps.map((each, index): StepRecord => {
    if (each.step.kind !== "start_channels" || each.step.target !== target) return each;
    // What is seen while an order is under way is newer than the order, and older than its answer.
    if (inFlight.has(index)) {
      const before = observed.get(index);
      observed.set(index, (name) => isRunning(name) ?? before?.(name));
    }
    return withObserved(each, isRunning);
  });
  const isSame = steps.every((each, index) => each === run.steps[index]);
  if (isSame) return inFlight.size === 0 ? progress : { ...progress, observed };
  const isOpenAgain = run.state === "finished" && steps.some(isOpen);
  const reopened = isOpenAgain ? ({ state: "running", endedWallMs: undefined } as const) : {};
  return { ...progress, observed, run: { ...run, ...reopened, steps } };
}

/** A target is back: what waits for a next attempt there is due now. */
export function hurrySteps(progress: RunProgress, target: string): RunProgress {
  const retryAtMs = progress.retryAtMs.map((atMs, index) => {
    const step = progress.run.steps[index]?.step;
    return step !== undefined && "target" in step && step.target === target ? 0 : atMs;
  });
  return { ...progress, retryAtMs };
}

// A started channel that was seen not to run is still to be started.
function withObserved(
  step: StepRecord,
  isRunning: ((name: string) => boolean | undefined) | undefined,
): StepRecord {
  if (step.step.kind !== "start_channels" || isRunning === undefined) return step;
  const channels = step.channels.map((channel) =>
    channel.isOk && isRunning(channel.name) === false
      ? { ...channel, isOk: false, error: "It stopped running after it was started" }
      : channel,
  );
  if (channels.every((channel, index) => channel === step.channels[index])) return step;
  const state = step.state === "done" ? "retrying" : step.state;
  return { ...step, channels, state, endedWallMs: undefined };
}

// A superseded run orders nothing more, and owes nobody the news that something was resolved.
function lastOf(step: StepRecord): StepRecord {
  if (!isOpen(step)) return step;
  if (step.step.kind !== "email") return { ...step, state: "skipped" };
  return step.owesResolution ? { ...step, state: "done", owesResolution: false } : step;
}

/** Whether nothing is left to do: no order, and no mail. */
export function isRunOver(progress: RunProgress): boolean {
  return progress.inFlight.size === 0 && !progress.run.steps.some(isOpen);
}

function hasStartedAny({ step, channels }: StepRecord): boolean {
  return step.kind === "start_channels" && channels.some((channel) => channel.isOk);
}

function beginAttempt(step: StepRecord, wallMs: number): StepRecord {
  return {
    ...step,
    state: step.state === "pending" ? "running" : step.state,
    attempts: step.attempts + 1,
    startedWallMs: step.startedWallMs ?? wallMs,
  };
}

function effectOf(step: StepRecord | undefined, index: number): RunEffect {
  switch (step?.step.kind) {
    case "email":
      return { kind: "send_email", index, isResolution: step.owesResolution };
    case "webhook":
      return { kind: "call_webhook", index };
    case "command":
      return { kind: "run_command", index };
    case "start_channels":
    case "stop_channels":
    case undefined:
      return { kind: "order_channels", index, names: namesToOrder(step) };
  }
}

// Only what is not as ordered is ordered again. Before the first answer that is everything.
function namesToOrder(step: StepRecord | undefined): readonly string[] {
  if (step?.step.kind !== "start_channels" && step?.step.kind !== "stop_channels") return [];
  if (step.channels.length === 0) return step.step.names;
  return step.channels.filter((channel) => !channel.isOk).map((channel) => channel.name);
}

function close(run: RunRecord, wallMs: number): RunRecord {
  if (run.state !== "running" || run.steps.some(isOpen)) return run;
  return { ...run, state: "finished", endedWallMs: wallMs };
}

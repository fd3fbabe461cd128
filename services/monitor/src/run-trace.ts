// The trace of a run and of what it does. Derived from what the journal keeps of the run, so that a
// monitor that comes back goes on with the same trace; told to a tracing system where there is one.

import { recordSpan } from "@hot-backup/kit/spans.ts";
import { childTrace, rootTrace, type Trace } from "@hot-backup/kit/trace.ts";
import type { RunRecord } from "./core/run-record.ts";
import { describeStep } from "./flow/steps.ts";
import type { StepOutcome } from "./perform-step.ts";

/** What a run is known by. Its signal has the same instant: they are one decision. */
type Known = Pick<RunRecord, "runId" | "startedWallMs">;

/**
 * The beginning of a run's trace: its signal, or the wish that it follows. With the instant,
 * because the ids of runs are unique in one journal only.
 */
export function traceOf({ runId, startedWallMs }: Known): Trace {
  return rootTrace(`${runId}\n${startedWallMs}`);
}

/** One attempt of one step: the parent of everything that others do for it. */
export function stepTrace(run: RunRecord, index: number): Trace {
  const attempt = run.steps[index]?.attempts ?? 0;
  return childTrace(runTrace(run), `step ${index}, attempt ${attempt}`);
}

/** Tells that a run was decided. */
export function recordDecision(run: RunRecord): void {
  recordSpan({
    trace: traceOf(run),
    parent: undefined,
    name: run.reason === "signal" ? `signal ${run.signal}` : run.reason,
    kind: "internal",
    beganMs: run.startedWallMs,
    endedMs: run.startedWallMs,
    error: "",
    attributes: { ...attributesOf(run), "hot_backup.because": run.because },
  });
}

/** Tells that a run is over. */
export function recordEnd(run: RunRecord): void {
  recordSpan({
    trace: runTrace(run),
    parent: traceOf(run),
    name: "run",
    kind: "internal",
    beganMs: run.startedWallMs,
    endedMs: run.endedWallMs ?? run.startedWallMs,
    error: "",
    attributes: {
      ...attributesOf(run),
      "hot_backup.case": run.caseName,
      "hot_backup.run_state": run.state,
    },
  });
}

/** Tells how an attempt of a step ended. */
export function recordAttempt(
  run: RunRecord,
  index: number,
  attempt: { outcome: StepOutcome; beganMs: number; endedMs: number },
): void {
  const record = run.steps[index];
  if (record === undefined) return;
  const { kind, subject } = describeStep(record.step);
  recordSpan({
    trace: stepTrace(run, index),
    parent: runTrace(run),
    name: `step ${kind}`,
    kind: "client",
    beganMs: attempt.beganMs,
    endedMs: attempt.endedMs,
    error: errorOf(attempt.outcome),
    attributes: {
      ...attributesOf(run),
      "hot_backup.step": index,
      "hot_backup.subject": subject,
      "hot_backup.attempt": record.attempts,
    },
  });
}

function runTrace(run: Known): Trace {
  return childTrace(traceOf(run), "run");
}

function attributesOf(run: RunRecord) {
  return {
    "hot_backup.server": run.serverId,
    "hot_backup.run": run.runId,
    "hot_backup.term": String(run.term),
  };
}

function errorOf(outcome: StepOutcome): string {
  switch (outcome.kind) {
    case "channels": {
      const failed = outcome.channels.filter((each) => !each.isOk);
      return failed.map(({ name, error }) => `${name}: ${error}`).join("; ");
    }
    case "email":
      return outcome.answer.kind === "accepted" ? "" : outcome.answer.error;
    case "stale":
      return `the target has seen term ${outcome.highestTerm}`;
    case "action":
    case "failed":
      return outcome.error;
  }
}

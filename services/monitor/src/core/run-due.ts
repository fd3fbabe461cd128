// Which steps of a run are due, and when the next one will be.

import { isOpen, type RunRecord } from "./run-record.ts";

/** A run and what is known of it in this life of the monitor. */
export interface RunProgress {
  readonly run: RunRecord;
  readonly beganMs: number;
  /** Steps whose answer is awaited. */
  readonly inFlight: ReadonlySet<number>;
  /** Earliest next attempt of each step. */
  readonly retryAtMs: readonly number[];
  /** What was seen of channels, by step, while the answer of the step is awaited. */
  readonly observed: ReadonlyMap<number, (name: string) => boolean | undefined>;
}

export interface RunSettings {
  /** Longest wait of an email for the steps before it. */
  readonly mailDelayMs: number;
  /** R5: no start order before this instant. */
  readonly startsNotBeforeMs: number;
  /** How long a switchover may take to start its first channel. */
  readonly switchoverTimeoutMs: number;
}

/** Indexes of the steps that are due. */
export function dueSteps(
  progress: RunProgress,
  settings: RunSettings,
  nowMs: number,
): readonly number[] {
  return dueTimes(progress, settings).flatMap((atMs, index) => (nowMs >= atMs ? [index] : []));
}

/** When the next step is due, or Infinity when only an answer can move the run on. */
export function runWakeAtMs(progress: RunProgress, settings: RunSettings): number {
  return Math.min(Number.POSITIVE_INFINITY, ...dueTimes(progress, settings));
}

/** When a switchover that has started nothing so far is to be undone, or Infinity. */
export function giveUpAtMs({ run, beganMs }: RunProgress, settings: RunSettings): number {
  const isDoubtful = run.reason === "switchover" && run.state === "running" && !run.hasStarted;
  if (!isDoubtful) return Number.POSITIVE_INFINITY;
  return Math.max(beganMs, settings.startsNotBeforeMs) + settings.switchoverTimeoutMs;
}

// The instant from which each step is due; Infinity where something else has to happen first.
function dueTimes(progress: RunProgress, settings: RunSettings): readonly number[] {
  const { run, inFlight, retryAtMs } = progress;
  // Channel steps, webhooks and commands: only the first open one can be due.
  let isBlocked = run.state !== "running";
  let areSettled = true;
  return run.steps.map((each, index) => {
    if (!isOpen(each)) return Number.POSITIVE_INFINITY;
    const isAwaited = inFlight.has(index);
    const retryMs = isAwaited ? Number.POSITIVE_INFINITY : (retryAtMs[index] ?? 0);
    if (each.step.kind === "email") {
      if (areSettled) return retryMs;
      if (each.owesResolution) return Number.POSITIVE_INFINITY;
      return Math.max(retryMs, mailDueMs(progress, settings));
    }
    const wasBlocked = isBlocked;
    isBlocked = true;
    areSettled = false;
    if (wasBlocked) return Number.POSITIVE_INFINITY;
    return each.step.kind === "start_channels"
      ? Math.max(retryMs, settings.startsNotBeforeMs)
      : retryMs;
  });
}

function mailDueMs(progress: RunProgress, settings: RunSettings): number {
  // The mail of a superseded run tells what was done until then: there is nothing to wait for.
  return progress.run.state === "superseded" ? 0 : progress.beganMs + settings.mailDelayMs;
}

// Counts signals, and what becomes of the steps of runs, in plain numbers for whoever reads
// metrics. It listens to the monitor, and changes nothing.

import {
  countDuration,
  type DurationHistogram,
  newDurationHistogram,
} from "@hot-backup/kit/duration-histogram.ts";
import type { FlowStep } from "./core/flow.ts";
import { isOpen, type RunRecord, type StepRecord } from "./core/run-record.ts";
import type { Signal } from "./core/server-record.ts";
import type { Watcher } from "./monitor.ts";
import type { SignalRecord } from "./ports.ts";

/** What became of the steps of one kind. */
interface StepCounts {
  done: number;
  failed: number;
  skipped: number;
  /** Attempts beyond the first of each step. */
  retries: number;
  /** From the first attempt to the end, retries included. */
  readonly durations: DurationHistogram;
}

type StepKind = FlowStep["kind"];

/** An order takes milliseconds, a channel that has to get ready seconds, a dead target hours. */
const stepBoundsMs = [
  10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 3_600_000,
];

/** Counts of one life of the monitor. */
export class RunMeter implements Partial<Watcher> {
  readonly steps: Readonly<Record<StepKind, StepCounts>> = {
    start_channels: newStepCounts(),
    stop_channels: newStepCounts(),
    email: newStepCounts(),
    webhook: newStepCounts(),
    command: newStepCounts(),
  };
  readonly #signals = new Map<string, Record<Signal, number>>();
  /** How far runs were when they were counted last: by server, a few runs of each. */
  readonly #counted = new Map<string, readonly RunRecord[]>();
  readonly #beganWallMs: number;

  constructor(wallMs: number) {
    this.#beganWallMs = wallMs;
  }

  signalsOf(serverId: string): Readonly<Record<Signal, number>> {
    return this.#signals.get(serverId) ?? { LIVE: 0, DEAD: 0, CLOSE: 0 };
  }

  signalRecorded({ serverId, signal }: SignalRecord): void {
    const counts = { ...this.signalsOf(serverId) };
    counts[signal] += 1;
    this.#signals.set(serverId, counts);
  }

  runsStored(runs: readonly RunRecord[]): void {
    for (const run of runs) {
      const known = this.#counted.get(run.serverId) ?? [];
      const before = known.find(({ runId }) => runId === run.runId);
      this.#countSteps(before, run);
      const others = known.filter((each) => each !== before && !isOutlived(each, run));
      this.#counted.set(run.serverId, isOver(run) ? others : [...others, run]);
    }
  }

  // What an earlier monitor has done of a run was counted there.
  #countSteps(before: RunRecord | undefined, run: RunRecord): void {
    if (before === undefined && run.startedWallMs < this.#beganWallMs) return;
    for (const [index, step] of run.steps.entries()) {
      countStep(this.steps[step.step.kind], before?.steps[index], step);
    }
  }
}

// A newer run of the server has begun, and nothing is left to do for this one.
function isOutlived(known: RunRecord, { startedWallMs }: RunRecord): boolean {
  return known.startedWallMs < startedWallMs && !known.steps.some(isOpen);
}

// A finished run may still be watched, and begin anew when its channels stop.
function isOver({ state, steps }: RunRecord): boolean {
  return state === "superseded" && !steps.some(isOpen);
}

function countStep(counts: StepCounts, before: StepRecord | undefined, after: StepRecord): void {
  counts.retries += Math.max(0, after.attempts - 1) - Math.max(0, (before?.attempts ?? 0) - 1);
  const { state, startedWallMs, endedWallMs } = after;
  if (endedWallMs === undefined || endedWallMs === before?.endedWallMs) return;
  if (state !== "done" && state !== "failed" && state !== "skipped") return;
  counts[state] += 1;
  // The wall clock may have been set back meanwhile.
  if (startedWallMs !== undefined) {
    countDuration(counts.durations, Math.max(0, endedWallMs - startedWallMs));
  }
}

function newStepCounts(): StepCounts {
  const durations = newDurationHistogram(stepBoundsMs);
  return { done: 0, failed: 0, skipped: 0, retries: 0, durations };
}

// Carries out runs: asks the core what is due, performs it, stores how it ended. Orders go out
// under the term of their run, and a superseded run's orders are cancelled.

import { type Backoff, pauseMs } from "@hot-backup/kit/backoff.ts";
import { emailValues } from "./core/email-values.ts";
import { giveUpAtMs, type RunProgress, runWakeAtMs, type RunSettings } from "./core/run-due.ts";
import {
  advanceRun,
  answerStep,
  hurrySteps,
  isRunOver,
  observeTarget,
  openRun,
  type RunEffect,
} from "./core/run.ts";
import type { StepAnswer } from "./core/settle-step.ts";
import { isOpen, type RunRecord } from "./core/run-record.ts";
import type { Moment, ServerEffect } from "./core/server-event.ts";
import { planRuns } from "./core/plan-runs.ts";
import type { MonitorParts } from "./parts.ts";
import { performStep, type StepOutcome } from "./perform-step.ts";
import type { RunProgressStore } from "./run-progress-store.ts";
import { recordAttempt, recordDecision, recordEnd, traceOf } from "./run-trace.ts";
import type { StaleAnswer, TargetObservation, Timer } from "./ports.ts";

/** Pauses between attempts of a step: quick at first, since every one of them is downtime. */
const backoff: Backoff = { firstMs: 100, maxMs: 5000 };

/** What the runs of one server need to know of it, and tell it. */
export interface RunsOf {
  readonly switchoverTimeoutMs: number;
  startsNotBeforeMs(): number;
  /** The run that started the channels that a backup has. "": none has them. */
  takeoverRunId(): string;
  /** An order was refused: the target has seen a newer one. */
  seeStale(stale: StaleAnswer): void;
  failTakeover(runId: string): void;
  /**
   * Makes it durable that a target may run channels from now on. False: it cannot be stored, or the
   * start is not wanted any more.
   */
  beginStart(target: string, signal: AbortSignal): Promise<boolean>;
}

/** Runs of one server after a step, to be stored with it, and then taken over. */
export interface PlannedRuns {
  readonly records: readonly RunRecord[];
  apply(): void;
}

/** Activities of a channel that needs no new order. */
const runningActivities = new Set(["STARTING", "STARTED", "RESTARTING"]);

interface Live {
  progress: RunProgress;
  /** Whether its end was told to a tracing system: once, although watched channels reopen it. */
  isEndTold: boolean;
  readonly cancel: AbortController;
}

/** The runs of one server. Must be disposed: then nothing more is ordered. */
export class Runs implements Disposable {
  readonly #parts: MonitorParts;
  readonly #progress: RunProgressStore;
  readonly #server: RunsOf;
  readonly #live = new Map<string, Live>();
  #timer: Timer | undefined;
  #isDisposed = false;

  constructor(parts: MonitorParts, progress: RunProgressStore, server: RunsOf) {
    this.#parts = parts;
    this.#progress = progress;
    this.#server = server;
  }

  /** Those that are not forgotten yet: running, held, watched, or with a mail to send. */
  *live(): Generator<RunRecord> {
    for (const { progress } of this.#live.values()) yield progress.run;
  }

  /**
   * What the effects of a step make of the runs: to be stored with the step, and then taken over.
   */
  plan(effects: readonly ServerEffect[], given: Moment & { signalId: bigint }): PlannedRuns {
    const changed = planRuns(
      [...this.#live.values()].map(({ progress }) => progress),
      effects,
      given,
    );
    return {
      records: [...changed.values()].map((progress) => progress.run),
      apply: () => {
        for (const progress of changed.values()) {
          this.#progress.drop(progress.run.runId);
          this.#take(progress);
        }
      },
    };
  }

  /** Goes on with runs of an earlier life. */
  resume(runs: readonly RunRecord[]): void {
    for (const run of runs) {
      const progress = openRun(run, this.#parts.clock.nowMs());
      const isEndTold = run.endedWallMs !== undefined;
      this.#live.set(run.runId, { progress, isEndTold, cancel: new AbortController() });
    }
  }

  /** Orders channels again that the takeover run had started and that do not run any more. */
  observe(takeoverRunId: string, observed: TargetObservation): void {
    const entry = this.#live.get(takeoverRunId);
    if (entry === undefined) return;
    const before = entry.progress;
    const seen = observeTarget(before, observed.target, runningOn(observed));
    const after = observed.isSnapshot ? hurrySteps(seen, observed.target) : seen;
    if (after.run === before.run) this.#take(after);
    else this.#store(after);
    if (after.run !== before.run || observed.isSnapshot) this.drive();
  }

  /** Performs what is due, and arms the timer for what comes next. */
  drive(): void {
    if (this.#isDisposed) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    const { clock, timers, mailDelayMs } = this.#parts;
    let wakeAtMs = Number.POSITIVE_INFINITY;
    const hopeless: string[] = [];
    for (const entry of this.#live.values()) {
      const settings: RunSettings = {
        mailDelayMs,
        startsNotBeforeMs: this.#server.startsNotBeforeMs(),
        switchoverTimeoutMs: this.#server.switchoverTimeoutMs,
      };
      const { state } = entry.progress.run;
      const { progress, effects } = advanceRun(entry.progress, settings, this.#moment());
      this.#take(progress);
      if (progress.run.state !== state) this.#store(progress);
      for (const effect of effects) this.#perform(entry, effect);
      wakeAtMs = Math.min(wakeAtMs, runWakeAtMs(progress, settings));
      const undoAtMs = giveUpAtMs(progress, settings);
      if (clock.nowMs() >= undoAtMs) hopeless.push(progress.run.runId);
      else wakeAtMs = Math.min(wakeAtMs, undoAtMs);
    }
    forgetOver(this.#live, this.#server.takeoverRunId());
    if (wakeAtMs !== Number.POSITIVE_INFINITY) {
      this.#timer = timers.after(Math.max(0, wakeAtMs - clock.nowMs()), () => this.drive());
    }
    for (const runId of hopeless) this.#server.failTakeover(runId);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
    for (const entry of this.#live.values()) entry.cancel.abort();
  }

  #moment(): Moment {
    return { nowMs: this.#parts.clock.nowMs(), wallMs: this.#parts.clock.wallMs() };
  }

  #take(progress: RunProgress): void {
    const known = this.#live.get(progress.run.runId);
    const entry = known ?? { progress, isEndTold: false, cancel: new AbortController() };
    if (known === undefined) {
      this.#live.set(progress.run.runId, entry);
      recordDecision(progress.run);
    }
    entry.progress = progress;
    if (progress.run.endedWallMs !== undefined && !entry.isEndTold) {
      entry.isEndTold = true;
      recordEnd(progress.run);
    }
    if (known !== undefined && progress.run.state === "superseded") known.cancel.abort();
  }

  #store(progress: RunProgress): void {
    this.#take(progress);
    this.#progress.put(progress.run);
  }

  #perform(entry: Live, effect: RunEffect): void {
    const { run } = entry.progress;
    const isMail = effect.kind === "send_email";
    const before = run.steps.slice(0, effect.index);
    // The mail of a superseded run still goes out.
    const signal = isMail ? new AbortController().signal : entry.cancel.signal;
    const due = {
      run,
      effect,
      values: emailValues(run, {
        group: this.#parts.group,
        monitor: this.#parts.server,
        isResolution: isMail && effect.isResolution,
      }),
      isUnresolved: before.some((each) => isOpen(each) && each.step.kind !== "email"),
      beginStart: (target: string) => this.#server.beginStart(target, signal),
      signal,
    };
    const { runId } = run;
    const beganMs = this.#parts.clock.wallMs();
    const settle = (outcome: StepOutcome) => {
      recordAttempt(run, effect.index, { outcome, beganMs, endedMs: this.#parts.clock.wallMs() });
      this.#settle(run, effect.index, outcome);
    };
    performStep(this.#parts, due).then(settle, (error: unknown) => {
      const { traceId } = traceOf(run);
      this.#parts.log.error({ err: error, runId, traceId }, "A step failed unexpectedly");
      settle({ kind: "failed", error: String(error) });
    });
  }

  #settle(run: RunRecord, index: number, outcome: StepOutcome): void {
    const entry = this.#live.get(run.runId);
    if (entry === undefined || this.#isDisposed) return;
    const answer: StepAnswer =
      outcome.kind === "stale"
        ? { kind: "failed", error: `Its term ${run.term} is older than ${outcome.highestTerm}` }
        : outcome;
    const attempts = entry.progress.run.steps[index]?.attempts ?? 1;
    const pause = pauseMs(backoff, attempts, this.#parts.chance());
    const answered = { ...this.#moment(), answer, pauseMs: pause };
    this.#store(answerStep(entry.progress, index, answered));
    if (outcome.kind === "stale") this.#server.seeStale(outcome);
    this.drive();
  }
}

function runningOn(observed: TargetObservation): (name: string) => boolean | undefined {
  const channels = new Map(observed.channels.map((each) => [each.name, each]));
  return (name) => {
    const channel = channels.get(name);
    if (channel === undefined) return observed.isSnapshot ? false : undefined;
    // What runs by an override has not been ordered: an order takes it over as it runs (R10).
    return runningActivities.has(channel.activity) && !channel.isOverridden;
  };
}

// A run with nothing left to do is forgotten, but for the one whose channels are watched.
function forgetOver(live: Map<string, Live>, takeoverRunId: string): void {
  for (const [runId, { progress }] of live) {
    const isEnded = progress.run.state === "superseded" || progress.run.state === "finished";
    if (isEnded && isRunOver(progress) && runId !== takeoverRunId) live.delete(runId);
  }
}

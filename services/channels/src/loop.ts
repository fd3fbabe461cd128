// The only place that waits: takes an event, steps the core, stores what has changed, and then
// acts. What comes of an action comes back as an event.

import { pauseMs } from "@hot-backup/kit/backoff.ts";
import type { Clock } from "@hot-backup/kit/clock.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { failpoint } from "@hot-backup/kit/failpoint.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import { ChannelChanges, type ChangeListener, changesOf } from "./channel-changes.ts";
import { launchRun } from "./channel-run.ts";
import { endedOverrides } from "./core/break-glass.ts";
import type { ChannelEffect, Instant, RunEvent } from "./core/channel-state.ts";
import { type Change, changeBetween } from "./core/durable.ts";
import type { Event, State, Step } from "./core/state.ts";
import { nextWakeMs, step } from "./core/step.ts";
import { noteOverrides } from "./override-log.ts";
import type { ChannelLogs, Probe, Run, Runtime, Store } from "./ports.ts";

/** An event without its instant: the loop adds that. */
export type News = Event extends infer Each
  ? Each extends Event
    ? Omit<Each, keyof Instant>
    : never
  : never;

/** The running service, as its gRPC methods see it. */
export interface Loop {
  /** Starts what starts by itself. Throws when that cannot be stored. */
  begin(): void;
  /** The state now; a lease that is over is never told as held. */
  state(): State;
  /** Steps. Throws, and changes nothing, when the change cannot be stored. */
  tell(news: News): Step;
  /** Hears of every change of a channel until the signal aborts. */
  listen(listener: ChangeListener, signal: AbortSignal): void;
  /** Stops every channel; resolves when no process is left. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly initial: State;
  readonly clock: Clock;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly probe: Probe;
  readonly logs: ChannelLogs;
  readonly log: Logger;
}

/**
 * Longest timer that is armed; the deadline is on another clock than timers, which stand still in
 * suspension.
 */
const timerMsMax = 1_000;

/** Pauses between attempts to store what has happened. */
const storeBackoff = { firstMs: 50, maxMs: 5_000 };

/** With a state whose earlier life has been cleared away. Nothing starts before `begin`. */
export function createLoop(options: LoopOptions): Loop {
  return new ChannelLoop(options);
}

class ChannelLoop implements Loop {
  readonly #options: LoopOptions;
  readonly #changes: ChannelChanges;
  readonly #runs = new Map<string, Run>();
  /**
   * What has happened and could not be stored, oldest first. Bounded by the channels: a run tells
   * four things at most, and its channel has no other run before the last of them is taken.
   */
  readonly #unstored: News[] = [];
  #storeFailures = 0;
  #state: State;
  #retryTimer: NodeJS.Timeout | undefined;
  #onLastRunEnded: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#changes = new ChannelChanges(options.log);
    this.#state = options.initial;
  }

  begin(): void {
    this.tell({ type: "earlier_life_cleared" });
  }

  state(): State {
    this.#happen({ type: "time_passed" });
    return this.#state;
  }

  tell(news: News): Step {
    const { clock } = this.#options;
    const before = this.#state;
    const after = step(before, { ...news, bootMs: clock.bootMs(), wallMs: clock.wallMs() });
    const change = changeBetween(before, after.state);
    if (change !== undefined) this.#save(change, after.state);
    if (change !== undefined) failpoint("channels.change_stored");
    this.#state = after.state;
    noteOverrides(this.#options, before, after.state);
    for (const effect of after.effects) this.#act(effect);
    if (before.channels !== after.state.channels) {
      this.#changes.announce(changesOf(before, after.state));
    }
    for (const name of change?.forgotten ?? []) void this.#retireLog(name);
    this.#armTimer();
    return after;
  }

  listen(listener: ChangeListener, signal: AbortSignal): void {
    this.#changes.listen(listener, signal);
  }

  async stop(): Promise<void> {
    this.#happen({ type: "service_stop_asked" });
    // Not the end of what is told of the runs: a store that refuses must not keep the service.
    if (this.#runs.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onLastRunEnded = resolve;
      await promise;
    }
    clearTimeout(this.#timer);
    clearTimeout(this.#retryTimer);
  }

  async #retireLog(name: string): Promise<void> {
    try {
      await this.#options.logs.retire(name);
    } catch (error) {
      this.#options.log.warn({ err: error, channel: name }, "Cannot close a log");
    }
  }

  #save(change: Change, after: State): void {
    try {
      this.#options.store.save(change);
    } catch (error) {
      // What has no deadline would run on for as long as nothing can be stored (R10).
      const because = "What ends the override cannot be stored";
      for (const serverId of endedOverrides(this.#state, after)) {
        this.tell({ type: "override_cut", serverId, because });
      }
      throw new Failure("refused", {
        message: `Cannot store a change of channels: ${describe(error)}`,
        reason: "STORE_FAILED",
        cause: error,
      });
    }
  }

  // What has happened cannot be refused: where it cannot be stored it is kept, in order, and tried
  // again. Time that passes waits for nothing: it needs no store (core/durable.ts).
  #happen(news: News): void {
    if (this.#unstored.length > 0 && news.type !== "time_passed") {
      this.#unstored.push(news);
      return;
    }
    try {
      this.tell(news);
    } catch (error) {
      if (!isStoreFailure(error) || news.type === "time_passed") throw error;
      this.#unstored.push(news);
      this.#tryAgainLater(error);
    }
  }

  #tryAgainLater(error: Failure): void {
    this.#storeFailures += 1;
    if (this.#storeFailures === 1) {
      this.#options.log.error({ err: error }, "Cannot store what has happened");
    }
    clearTimeout(this.#retryTimer);
    const waitMs = pauseMs(storeBackoff, this.#storeFailures, Math.random());
    this.#retryTimer = setTimeout(() => this.#tryAgain(), waitMs);
  }

  #tryAgain(): void {
    try {
      for (let news = this.#unstored[0]; news !== undefined; news = this.#unstored[0]) {
        this.tell(news);
        this.#unstored.shift();
      }
    } catch (error) {
      if (!isStoreFailure(error)) throw error;
      return this.#tryAgainLater(error);
    }
    this.#options.log.info({ attempts: this.#storeFailures }, "What had happened is stored");
    this.#storeFailures = 0;
  }

  #act(effect: ChannelEffect): void {
    switch (effect.type) {
      case "launch": {
        const { name } = effect.definition;
        const key = keyOf(name, effect.run);
        const report = (event: RunEvent) =>
          this.#happen({ type: "run_reported", name, report: event });
        const forget = () => {
          this.#runs.delete(key);
          if (this.#runs.size === 0) this.#onLastRunEnded?.();
        };
        this.#runs.set(key, launchRun(effect, { ...this.#options, report, forget }));
        return;
      }
      case "stop_run":
        this.#runs.get(keyOf(effect.name, effect.run))?.stop(effect.killAtMs);
        return;
      case "move_kill":
        this.#runs.get(keyOf(effect.name, effect.run))?.setKillAt(effect.killAtMs);
        return;
    }
  }

  // Renewals move the next wake later: a timer that fires early finds nothing due and is armed
  // again.
  #armTimer(): void {
    const wakeMs = nextWakeMs(this.#state);
    if (wakeMs === undefined || wakeMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    const waitMs = Math.min(Math.max(0, wakeMs - this.#options.clock.bootMs()), timerMsMax);
    this.#timerAtMs = wakeMs;
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Infinity;
      this.#happen({ type: "time_passed" });
    }, waitMs);
  }
}

function keyOf(name: string, run: number): string {
  return `${name}#${run}`;
}

function isStoreFailure(error: unknown): error is Failure {
  return error instanceof Failure && error.reason === "STORE_FAILED";
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

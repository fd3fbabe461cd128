// The only place that waits: takes an event, steps the core, stores what has changed, and then
// acts. What comes of an action comes back as an event.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { Channel, ChannelEffect, Instant, RunEvent } from "./core/channel-state.ts";
import { changeBetween } from "./core/durable.ts";
import type { Event, State, Step } from "./core/state.ts";
import { nextWakeMs, step } from "./core/step.ts";
import type { ChannelLogs, Probe, Run, Runtime, Store } from "./ports.ts";

/** An event without its instant: the loop adds that. */
export type News = Event extends infer Each
  ? Each extends Event
    ? Omit<Each, keyof Instant>
    : never
  : never;

/** A change of one channel; `channel` is undefined when it was undeployed. */
export interface ChannelChange {
  readonly name: string;
  readonly before: Channel | undefined;
  readonly channel: Channel | undefined;
}

export type ChangeListener = (change: ChannelChange) => void;

/** The running service, as its gRPC methods see it. */
export interface Loop {
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

/** Most listeners at once; each is an open stream or a waiting call. */
const listenersMax = 10_000;

/**
 * Longest timer that is armed; the deadline is on another clock than timers, which stand still in
 * suspension.
 */
const timerMsMax = 1_000;

/** Begins with a state whose earlier life has been cleared away. */
export function startLoop(options: LoopOptions): Loop {
  const loop = new ChannelLoop(options);
  loop.tell({ type: "earlier_life_cleared" });
  return loop;
}

class ChannelLoop implements Loop {
  readonly #options: LoopOptions;
  readonly #listeners = new Set<ChangeListener>();
  readonly #runs = new Map<string, Run>();
  readonly #untold: ChannelChange[] = [];
  #state: State;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#state = options.initial;
  }

  state(): State {
    return this.tell({ type: "time_passed" }).state;
  }

  tell(news: News): Step {
    const { clock, store } = this.#options;
    const before = this.#state;
    const after = step(before, { ...news, bootMs: clock.bootMs(), wallMs: clock.wallMs() });
    const change = changeBetween(before, after.state);
    if (change !== undefined) store.save(change);
    this.#state = after.state;
    for (const effect of after.effects) this.#act(effect);
    if (before.channels !== after.state.channels) this.#announce(before, after.state);
    this.#armTimer();
    return after;
  }

  listen(listener: ChangeListener, signal: AbortSignal): void {
    if (this.#listeners.size >= listenersMax) {
      throw new Failure("exhausted", {
        message: `Cannot watch channels: ${listenersMax} others do already`,
        reason: "TOO_MANY_LISTENERS",
      });
    }
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  async stop(): Promise<void> {
    this.tell({ type: "service_stop_asked" });
    await resting(this);
    clearTimeout(this.#timer);
  }

  #act(effect: ChannelEffect): void {
    switch (effect.type) {
      case "launch": {
        const key = keyOf(effect.definition.name, effect.run);
        const tell = (news: News) => this.tell(news);
        const forget = () => this.#runs.delete(key);
        this.#runs.set(key, launch(effect, { ...this.#options, tell, forget }));
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

  // A listener may step the loop again: changes are told one after the other, in the order in which
  // they came.
  #announce(before: State, after: State): void {
    const untold = this.#untold;
    const isAnnouncing = untold.length > 0;
    untold.push(...changesOf(before, after));
    if (isAnnouncing) return;
    for (let change = untold[0]; change !== undefined; untold.shift(), change = untold[0]) {
      logChange(this.#options.log, change);
      for (const listener of this.#listeners) listener(change);
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
      this.tell({ type: "time_passed" });
    }, waitMs);
  }
}

function keyOf(name: string, run: number): string {
  return `${name}#${run}`;
}

/** Resolves when no channel has a process. */
function resting(loop: Loop): Promise<void> {
  const isResting = ({ activity }: Channel) => activity === "stopped" || activity === "failed";
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = new AbortController();
  const look = () => {
    if (![...loop.state().channels.values()].every(isResting)) return;
    done.abort();
    resolve();
  };
  loop.listen(look, done.signal);
  look();
  return promise;
}

// One run from its launch to its end, told to the loop as events.
function launch(
  effect: Extract<ChannelEffect, { type: "launch" }>,
  context: LoopOptions & { tell: (news: News) => Step; forget: () => void },
): Run {
  const { definition, run, order, killAtMs } = effect;
  const { name } = definition;
  const output = context.logs.of(name);
  const ended = new AbortController();
  const report = (event: RunEvent) => context.tell({ type: "run_reported", name, report: event });
  const awaitReadiness = async () => {
    const { readiness } = definition;
    const problem = await context.probe.await(readiness, { definition, signal: ended.signal });
    if (ended.signal.aborted) return;
    if (problem === undefined) report({ type: "channel_ready", run });
    else report({ type: "readiness_failed", run, reason: problem, lastLines: output.lastLines() });
  };
  return context.runtime.launch(
    { definition, order, killAtMs },
    {
      onRunning: (pid) => {
        report({ type: "program_running", run, pid });
        if (definition.readiness.check.kind === "none") report({ type: "channel_ready", run });
        else void awaitReadiness();
      },
      onGone: (reason) => {
        ended.abort();
        context.forget();
        output.endLines();
        report({ type: "program_gone", run, reason, lastLines: output.lastLines() });
      },
      onOutput: (source, bytes) => output.write(source, bytes),
    },
  );
}

function* changesOf(before: State, after: State): Generator<ChannelChange> {
  for (const [name, channel] of after.channels) {
    const known = before.channels.get(name);
    if (known !== channel) yield { name, before: known, channel };
  }
  for (const [name, channel] of before.channels) {
    if (!after.channels.has(name)) yield { name, before: channel, channel: undefined };
  }
}

function logChange(log: Logger, { name, before, channel }: ChannelChange): void {
  if (channel === undefined) log.info({ channel: name }, "Channel undeployed");
  else if (before === undefined) log.info({ channel: name }, "Channel deployed");
  else if (before.activity !== channel.activity) {
    const { activity, because, order } = channel;
    const level = activity === "failed" || activity === "restarting" ? "warn" : "info";
    const term = order === undefined ? undefined : Number(order.term);
    log[level]({ channel: name, activity, because, term }, "Channel changed");
  }
}

// The only place that waits: takes an event, steps the core, stores what has changed, and then acts. What comes of
// an action comes back as an event.

import type { Clock } from "@hot-backup/kit/clock.ts";
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
export const listenersMax = 10_000;

/** Longest timer that is armed; the deadline is on another clock than timers, which stand still in suspension. */
const timerMsMax = 1_000;

/** Begins with a state whose earlier life has been cleared away. */
export function startLoop(options: LoopOptions): Loop {
  const listeners = new Set<ChangeListener>();
  const runs = new Map<string, Run>();
  const untold: ChannelChange[] = [];
  let state = options.initial;
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Infinity;

  const tell = (news: News): Step => {
    const { clock } = options;
    const before = state;
    const after = step(before, { ...news, bootMs: clock.bootMs(), wallMs: clock.wallMs() });
    const change = changeBetween(before, after.state);
    if (change !== undefined) options.store.save(change);
    state = after.state;
    for (const effect of after.effects) act(effect);
    if (before.channels !== state.channels) announce(before, state);
    armTimer();
    return after;
  };

  const act = (effect: ChannelEffect): void => {
    switch (effect.type) {
      case "launch": {
        const key = keyOf(effect.definition.name, effect.run);
        runs.set(key, launch(effect, { ...options, tell, forget: () => runs.delete(key) }));
        return;
      }
      case "stop_run":
        runs.get(keyOf(effect.name, effect.run))?.stop(effect.killAtMs);
        return;
      case "move_kill":
        runs.get(keyOf(effect.name, effect.run))?.setKillAt(effect.killAtMs);
        return;
    }
  };

  // A listener may step the loop again: changes are told one after the other, in the order in which they came.
  const announce = (before: State, after: State): void => {
    const isAnnouncing = untold.length > 0;
    untold.push(...changesOf(before, after));
    if (isAnnouncing) return;
    for (let change = untold[0]; change !== undefined; untold.shift(), change = untold[0]) {
      logChange(options.log, change);
      for (const listener of listeners) listener(change);
    }
  };

  // Renewals move the next wake later: a timer that fires early finds nothing due and is armed again.
  const armTimer = (): void => {
    const wakeMs = nextWakeMs(state);
    if (wakeMs === undefined || wakeMs >= timerAtMs) return;
    clearTimeout(timer);
    const waitMs = Math.min(Math.max(0, wakeMs - options.clock.bootMs()), timerMsMax);
    timerAtMs = wakeMs;
    timer = setTimeout(() => {
      timerAtMs = Infinity;
      tell({ type: "time_passed" });
    }, waitMs);
  };

  const loop: Loop = {
    state: () => tell({ type: "time_passed" }).state,
    tell,
    listen: (listener, signal) => {
      if (listeners.size >= listenersMax) throw new Error(`More than ${listenersMax} listeners`);
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
    },
    stop: async () => {
      tell({ type: "service_stop_asked" });
      await resting(loop);
      clearTimeout(timer);
    },
  };
  tell({ type: "earlier_life_cleared" });
  return loop;
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

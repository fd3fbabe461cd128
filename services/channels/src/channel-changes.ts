// What a step has changed of the channels, for those who watch them and for the log.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import { readTraceparent } from "@hot-backup/kit/trace.ts";
import type { Channel } from "./core/channel-state.ts";
import type { State } from "./core/state.ts";

/** A change of one channel; `channel` is undefined when it was undeployed. */
export interface ChannelChange {
  readonly name: string;
  readonly before: Channel | undefined;
  readonly channel: Channel | undefined;
}

export type ChangeListener = (change: ChannelChange) => void;

/** Most listeners at once; each is an open stream or a waiting call. */
const listenersMax = 10_000;

/** Tells listeners and the log of every change, in the order in which changes come. */
export class ChannelChanges {
  readonly #log: Logger;
  readonly #listeners = new Set<ChangeListener>();
  readonly #untold: ChannelChange[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Calls the listener until the signal aborts. */
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

  /** A listener may bring about further changes: they wait until these have been told. */
  announce(changes: Iterable<ChannelChange>): void {
    const untold = this.#untold;
    const isAnnouncing = untold.length > 0;
    untold.push(...changes);
    if (isAnnouncing) return;
    for (let change = untold[0]; change !== undefined; untold.shift(), change = untold[0]) {
      logChange(this.#log, change);
      for (const listener of this.#listeners) this.#tell(listener, change);
    }
  }

  // A listener that fails must not keep the others from hearing.
  #tell(listener: ChangeListener, change: ChannelChange): void {
    try {
      listener(change);
    } catch (error) {
      this.#log.error({ err: error, channel: change.name }, "A listener failed");
    }
  }
}

export function* changesOf(before: State, after: State): Generator<ChannelChange> {
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
    const { activity, because, order, traceparent = "" } = channel;
    const level = activity === "failed" || activity === "restarting" ? "warn" : "info";
    const term = order === undefined ? undefined : Number(order.term);
    const traceId = readTraceparent(traceparent)?.traceId;
    log[level]({ channel: name, activity, because, term, traceId }, "Channel changed");
  }
}

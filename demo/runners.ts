// Who runs which channel now. That a channel has STARTED is told by its channels service; that its
// process is gone is read from the kernel, because a service that was killed or frozen tells
// nobody.

import { type Channel, Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";

/** A started process of a channel. */
export interface Runner {
  readonly channel: string;
  readonly server: string;
  readonly term: bigint;
  readonly pid: number;
  /** By performance.now(), when it was told. */
  readonly startedAtMs: number;
}

const pollIntervalMs = 5;

/** Keeps the runners of all channels. */
export class Runners implements Disposable {
  readonly #running: Runner[] = [];
  readonly #started: Runner[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #onStart: (runner: Runner) => void;
  readonly #onEnd: (runner: Runner) => void;

  constructor(options: { onStart: (runner: Runner) => void; onEnd: (runner: Runner) => void }) {
    this.#onStart = options.onStart;
    this.#onEnd = options.onEnd;
    this.#timer = setInterval(() => this.#dropEnded(), pollIntervalMs);
  }

  /** Takes what a channels service tells of one channel. */
  take(server: string, channel: Channel): void {
    const isKnown = this.#running.some((each) => each.pid === channel.pid);
    if (channel.activity !== Activity.ACTIVITY_STARTED || channel.pid === 0 || isKnown) return;
    const runner = {
      channel: channel.definition?.name ?? "",
      server,
      term: channel.order?.term ?? 0n,
      pid: channel.pid,
      startedAtMs: performance.now(),
    };
    this.#dropEnded();
    this.#running.push(runner);
    this.#started.push(runner);
    this.#onStart(runner);
  }

  /** Servers that run a channel now: with a sound system one at most. */
  serversOf(channel: string): string[] {
    return this.#running.filter((each) => each.channel === channel).map((each) => each.server);
  }

  /** Latest start of a channel on a server. */
  lastStart(channel: string, server: string): Runner | undefined {
    return this.#started.findLast((each) => each.channel === channel && each.server === server);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #dropEnded(): void {
    for (const runner of this.#running.filter((each) => !isRunning(each.pid))) {
      this.#running.splice(this.#running.indexOf(runner), 1);
      this.#onEnd(runner);
    }
  }
}

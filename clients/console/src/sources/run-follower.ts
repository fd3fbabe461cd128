// The run of each server, read again and again while it is under way: a monitor tells that a run
// began, and its steps only when asked.

import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { toRunView } from "../convert/run-view.ts";
import { viewKeys } from "../view/event.ts";
import type { ServerView } from "../view/server.ts";
import type { Link } from "./attempt.ts";
import type { SourceContext } from "./keep-source.ts";

/** Runs that are read at the same time: more would keep the monitor from its work. */
const readsMax = 8;

/** Between two looks at a run whose steps go on: as often as an eye follows. */
const runningEveryMs = 150;

/** A run that is held changes when an operator or a delay says so. */
const heldEveryMs = 1000;

const readWithinMs = 3000;

/** Reads the runs of one monitor. */
export class RunFollower {
  readonly #context: SourceContext;
  readonly #monitor: MonitorServiceClient;
  /** When the run of a server is to be read, by the server's id. */
  readonly #due = new Map<string, { readonly runId: string; readonly atMs: number }>();
  #wake = new AbortController();

  constructor(context: SourceContext, monitor: MonitorServiceClient) {
    this.#context = context;
    this.#monitor = monitor;
  }

  /** Has the run of this server read, if it is not the one that is known to be over. */
  want(server: ServerView): void {
    const { serverId, runId } = server;
    if (runId === "") return;
    const known = this.#context.board.runs.find(viewKeys.servers(server));
    if (known?.runId === runId && known.endedAtMs !== undefined) return;
    this.#due.set(serverId, { runId, atMs: this.#context.nowMs() });
    this.#wake.abort();
  }

  /** Reads what is due until the link is over. Rejects when the monitor does not answer. */
  async follow(link: Link): Promise<void> {
    while (!link.signal.aborted) {
      const nowMs = this.#context.nowMs();
      const due = [...this.#due].filter(([, { atMs }]) => atMs <= nowMs).slice(0, readsMax);
      await Promise.all(due.map(([serverId, { runId }]) => this.#tryToRead(serverId, runId)));
      if (due.length > 0) continue;
      this.#wake = new AbortController();
      const signal = AbortSignal.any([link.signal, this.#wake.signal]);
      const atMs = Math.min(...[...this.#due.values()].map((each) => each.atMs));
      await sleep(Math.min(heldEveryMs, Math.max(1, atMs - nowMs)), signal);
    }
  }

  // A run that the journal has no more, or that cannot be told, is no reason to hear nothing else.
  async #tryToRead(serverId: string, runId: string): Promise<void> {
    try {
      await this.#read(serverId, runId);
    } catch (error) {
      if (!(error instanceof CallFailed) || error.isRetryable) throw error;
      if (this.#due.get(serverId)?.runId === runId) this.#due.delete(serverId);
    }
  }

  async #read(serverId: string, runId: string): Promise<void> {
    const { board, nowMs, server: toldBy } = this.#context;
    const method = this.#monitor.getRun.bind(this.#monitor);
    const options = { what: `Cannot tell the run of ${serverId}`, deadlineMs: readWithinMs };
    const { run } = await call(method, { runId }, options);
    if (run === undefined) throw new Error(`${options.what}: the answer has none`);
    const view = toRunView(run, { toldBy, heardAtMs: nowMs() });
    board.runs.put(view);
    // Meanwhile a newer run may have begun.
    if (this.#due.get(serverId)?.runId !== runId) return;
    if (view.endedAtMs !== undefined) this.#due.delete(serverId);
    else {
      const everyMs = view.state === "HELD" ? heldEveryMs : runningEveryMs;
      this.#due.set(serverId, { runId, atMs: nowMs() + everyMs });
    }
  }
}

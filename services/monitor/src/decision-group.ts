// Collects what several servers decide in one turn of the process, so that it is stored in one
// transaction: with a whole site a thousand servers die at once, and a sync for each of them would
// keep the monitor from answering the living until their leases have ended.

import {
  countDuration,
  newDurationHistogram,
  quickBoundsMs,
} from "@hot-backup/kit/duration-histogram.ts";
import type { ServerEvent } from "./core/server-event.ts";
import { takeJointly } from "./joint-commit.ts";
import type { MonitorParts } from "./parts.ts";
import type { ServerLoop } from "./server-loop.ts";

/**
 * Most decisions of one turn: some 20 ms of work. Between two turns what waits in the sockets is
 * read, and answered.
 */
const decisionsMax = 100;

/** A decision that is due. */
interface Due {
  readonly server: ServerLoop;
  /** When it became due, where that is an instant and not a wish. */
  readonly dueAtMs?: number;
  /** Told when it is decided. Undefined: there is nothing to decide any more. */
  readonly event: () => ServerEvent | undefined;
  /** Told whether it was decided, and is durable. */
  readonly settle: (isDecided: boolean) => void;
}

export class DecisionGroup {
  /** From the instant at which something became due to its decision. */
  readonly lags = newDurationHistogram(quickBoundsMs);
  readonly #parts: MonitorParts;
  #waiting: Due[] = [];
  #isScheduled = false;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
  }

  /** Decides at the end of this turn. At most what its servers have due waits here. */
  add(due: Due): void {
    this.#waiting.push(due);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#parts.timers.afterInput(() => this.#decide());
  }

  #decide(): void {
    this.#isScheduled = false;
    const events = new Map<ServerLoop, ServerEvent>();
    const settled: Due[] = [];
    const later: Due[] = [];
    for (const due of this.#waiting) {
      // One decision of a server builds on the one before it.
      if (events.size >= decisionsMax || events.has(due.server)) {
        later.push(due);
        continue;
      }
      settled.push(due);
      const event = due.event();
      if (event !== undefined) events.set(due.server, event);
    }
    this.#waiting = later;
    const taken = new Set(takeJointly(this.#parts, events));
    for (const { server, settle, dueAtMs } of settled) {
      const isDecided = taken.has(server);
      settle(isDecided);
      if (!isDecided || dueAtMs === undefined) continue;
      countDuration(this.lags, this.#parts.clock.nowMs() - dueAtMs);
    }
    this.#schedule();
  }
}

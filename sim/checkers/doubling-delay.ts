// I4: a server whose channels service refuses every lease dies and comes back again, but each time
// it is believed only after twice the time (hazard 20).

import type { Checker, Fact, Violation } from "../fact.ts";

/** Clocks of a story are no slower than this, and timers wake in whole milliseconds. */
const rateMin = 0.999;

interface Unwilling {
  /** Since when it has been unwilling and nothing else was wrong. NaN: it is not. */
  sinceMs: number;
  deaths: number;
  firstDeathMs: number;
}

export class DoublingDelay implements Checker {
  readonly #report: (violation: Violation) => void;
  readonly #thresholdMs: number;
  readonly #servers = new Map<string, Unwilling>();

  constructor(report: (violation: Violation) => void, thresholdMs: number) {
    this.#report = report;
    this.#thresholdMs = thresholdMs;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "health_changed") {
      const known = this.#servers.get(fact.serverId);
      if (fact.isUnwilling === (known !== undefined)) return;
      if (!fact.isUnwilling) this.#servers.delete(fact.serverId);
      else this.#servers.set(fact.serverId, { sinceMs: nowMs, deaths: 0, firstDeathMs: nowMs });
    }
    if (fact.kind === "signal_recorded" && fact.signal === "DEAD" && !fact.isOfDrill) {
      const server = this.#servers.get(fact.serverId);
      if (server !== undefined) this.#countDeath(fact.serverId, server, nowMs);
    }
  }

  conclude(): void {}

  // Before the second death two thresholds were waited, before the third four more, and so on.
  #countDeath(serverId: string, server: Unwilling, nowMs: number): void {
    server.deaths += 1;
    if (server.deaths === 1) server.firstDeathMs = nowMs;
    const waitedMs = nowMs - server.firstDeathMs;
    const dueMs = (2 ** server.deaths - 2) * this.#thresholdMs * rateMin;
    if (waitedMs >= dueMs) return;
    const text = `${server.deaths} deaths of an unwilling ${serverId} in ${waitedMs.toFixed(0)} ms`;
    this.#report({ invariant: "I4", atMs: nowMs, text });
  }
}

// I4: once the faults are over, exactly one server runs each protected channel within a bounded
// time, and no more signals come. A channel that nobody runs, or signals without end, are a
// livelock.

import type { Checker, Fact, Violation } from "../fact.ts";

/** The last part of a story, in which nothing may change any more. */
const quietMs = 4000;

export class Convergence implements Checker {
  readonly #report: (violation: Violation) => void;
  readonly #channels: readonly string[];
  readonly #endMs: number;
  readonly #runners = new Map<string, number>();
  #lastSignal: { readonly text: string; readonly atMs: number } | undefined;
  #lastEnd: { readonly text: string; readonly atMs: number } | undefined;

  constructor(
    report: (violation: Violation) => void,
    given: { channels: readonly string[]; endMs: number },
  ) {
    this.#report = report;
    this.#channels = given.channels;
    this.#endMs = given.endMs;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "signal_recorded") {
      this.#lastSignal = { text: `${fact.signal} of ${fact.serverId}`, atMs: nowMs };
    }
    if (fact.kind === "program_began") this.#count(fact.channel, 1);
    if (fact.kind === "program_ended") {
      this.#count(fact.channel, -1);
      this.#lastEnd = { text: `${fact.channel} ended on ${fact.machine}`, atMs: nowMs };
    }
  }

  conclude(nowMs: number): void {
    for (const channel of this.#channels) {
      const count = this.#runners.get(channel) ?? 0;
      if (count === 1) continue;
      const text = `${channel} is run by ${count} servers long after the faults were over`;
      this.#report({ invariant: "I4", atMs: nowMs, text });
    }
    for (const last of [this.#lastSignal, this.#lastEnd]) {
      if (last === undefined || last.atMs < this.#endMs - quietMs) continue;
      const text = `${last.text} long after the faults were over`;
      this.#report({ invariant: "I4", atMs: last.atMs, text });
    }
  }

  #count(channel: string, by: number): void {
    this.#runners.set(channel, (this.#runners.get(channel) ?? 0) + by);
  }
}

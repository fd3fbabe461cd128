// I7: the backup's own channels are never touched by a failover: nobody asks their programs to stop
// unless their whole service stops.

import type { Checker, Fact, Violation } from "../fact.ts";

export class OwnWork implements Checker {
  readonly #report: (violation: Violation) => void;

  constructor(report: (violation: Violation) => void) {
    this.#report = report;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind !== "own_work_stopped") return;
    const text = `${fact.channel} on ${fact.machine} was asked to stop`;
    this.#report({ invariant: "I7", atMs: nowMs, text });
  }

  conclude(): void {}
}

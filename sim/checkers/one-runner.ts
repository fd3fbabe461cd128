// I1: at no instant do two servers run the same protected channel. I2: terms never fall, so no
// program begins under a term below that of an earlier one.

import type { Checker, Fact, Violation } from "../fact.ts";

interface Runner {
  readonly machine: string;
  readonly term: bigint;
}

export class OneRunner implements Checker {
  readonly #report: (violation: Violation) => void;
  /** By channel. */
  readonly #runners = new Map<string, Runner[]>();
  readonly #highest = new Map<string, Runner>();
  readonly #suspended = new Set<string>();

  constructor(report: (violation: Violation) => void) {
    this.#report = report;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "program_began" && fact.protectedBy !== "") this.#begin(fact, nowMs);
    if (fact.kind === "program_ended") this.#end(fact.channel, fact.machine);
    if (fact.kind === "machine_suspended") this.#suspended.add(fact.machine);
    if (fact.kind !== "machine_resumed") return;
    this.#suspended.delete(fact.machine);
    for (const [channel, runners] of this.#runners) this.#look(channel, runners, nowMs);
  }

  conclude(): void {}

  #begin(fact: Extract<Fact, { kind: "program_began" }>, nowMs: number): void {
    const { channel, machine, term } = fact;
    const runners = this.#runners.get(channel) ?? [];
    runners.push({ machine, term });
    this.#runners.set(channel, runners);
    this.#look(channel, runners, nowMs);
    const highest = this.#highest.get(channel);
    if (highest === undefined || term >= highest.term) {
      this.#highest.set(channel, { machine, term });
      return;
    }
    const before = `${highest.machine} ran it under term ${highest.term} before`;
    const text = `${channel} begins on ${machine} under term ${term}: ${before}`;
    this.#report({ invariant: "I2", atMs: nowMs, text });
  }

  #end(channel: string, machine: string): void {
    const runners = this.#runners.get(channel);
    const index = runners?.findIndex((each) => each.machine === machine) ?? -1;
    if (index >= 0) runners?.splice(index, 1);
  }

  // Programs of a machine that stands still do nothing.
  #look(channel: string, runners: readonly Runner[], nowMs: number): void {
    const at = new Set<string>();
    for (const { machine } of runners) if (!this.#suspended.has(machine)) at.add(machine);
    if (at.size < 2) return;
    const text = `${channel} runs on ${[...at].join(" and ")}`;
    this.#report({ invariant: "I1", atMs: nowMs, text });
  }
}

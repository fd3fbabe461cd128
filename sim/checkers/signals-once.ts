// I3: every change of state gives exactly one signal, in order, across crashes. I2 for signals:
// their terms rise.

import type { Checker, Fact, SignalFact, Violation } from "../fact.ts";

/** Which signal may follow which: the table of docs/states.md, as an onlooker sees it. */
const mayFollow: Readonly<Record<string, readonly string[]>> = {
  "": ["LIVE", "CLOSE"],
  LIVE: ["DEAD", "CLOSE"],
  DEAD: ["LIVE", "CLOSE"],
  CLOSE: ["LIVE", "DEAD"],
};

/** The signal that goes with a state. */
const signalOf: Readonly<Record<string, string>> = {
  live: "LIVE",
  waiting: "LIVE",
  dead: "DEAD",
  closed: "CLOSE",
};

interface Seen {
  readonly signal: string;
  readonly term: bigint;
}

export class SignalsOnce implements Checker {
  readonly #report: (violation: Violation) => void;
  /** By server. */
  readonly #last = new Map<string, Seen>();
  /** By journal. */
  readonly #lastIds = new Map<string, bigint>();

  constructor(report: (violation: Violation) => void) {
    this.#report = report;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "signal_recorded") this.#takeSignal(fact, nowMs);
    if (fact.kind === "state_committed") this.#takeState(fact, nowMs);
    if (fact.kind === "journal_replaced") this.#takeJournal(fact);
  }

  conclude(): void {}

  // It goes on from what it says itself.
  #takeJournal(fact: Extract<Fact, { kind: "journal_replaced" }>): void {
    this.#lastIds.set(fact.journalId, fact.lastSignalId);
    for (const { serverId, state } of fact.servers) {
      this.#last.set(serverId, { signal: signalOf[state] ?? "", term: 0n });
    }
  }

  #takeSignal(fact: SignalFact, nowMs: number): void {
    const { serverId, signal, term, signalId, journalId } = fact;
    const last = this.#last.get(serverId) ?? { signal: "", term: 0n };
    const what = `${signal} of ${serverId}, term ${term}`;
    const fail = (invariant: string, why: string) =>
      this.#report({ invariant, atMs: nowMs, text: `${what}: ${why}` });
    if (mayFollow[last.signal]?.includes(signal) !== true) {
      fail("I3", `it follows ${last.signal === "" ? "nothing" : last.signal}`);
    }
    if (term <= last.term) fail("I2", `a signal had term ${last.term} before`);
    const lastId = this.#lastIds.get(journalId) ?? 0n;
    if (signalId !== lastId + 1n) fail("I3", `it has id ${signalId} after ${lastId}`);
    this.#last.set(serverId, { signal, term });
    this.#lastIds.set(journalId, signalId);
  }

  // The last signal tells the state, and nothing else changes it.
  #takeState(fact: Extract<Fact, { kind: "state_committed" }>, nowMs: number): void {
    const { serverId, state } = fact;
    // A journal that is not the newest cannot know what was told last: for it the server was live.
    if (state === "waiting") {
      const term = this.#last.get(serverId)?.term ?? 0n;
      this.#last.set(serverId, { signal: "LIVE", term });
    }
    const due = signalOf[state];
    const last = this.#last.get(serverId)?.signal;
    if (due === undefined || due === last || state === "waiting") return;
    const text = `${serverId} became ${state}, but its last signal is ${last ?? "none"}`;
    this.#report({ invariant: "I3", atMs: nowMs, text });
  }
}

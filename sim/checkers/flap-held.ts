// I4: a server that keeps dying gets its channels back later each time (flap protection). What an
// operator asked for, maintenance and a journal that is not the newest make no promise of that.

import type { Checker, Fact, Violation } from "../fact.ts";
import type { FlapPolicy } from "../../services/monitor/src/core/server-settings.ts";

/** Clocks of a story are no faster than this. */
const rateMax = 1.001;

interface Dying {
  /** In a row: between two of them it cannot have run its channels for long enough. */
  deaths: number;
  lastSignal: string;
  lastSignalAtMs: number;
  /** When it came back from the last of them. NaN: it has not, or the failback is not held. */
  backSinceMs: number;
}

export class FlapHeld implements Checker {
  readonly #report: (violation: Violation) => void;
  readonly #flap: FlapPolicy;
  readonly #servers = new Map<string, Dying>();

  constructor(report: (violation: Violation) => void, flap: FlapPolicy) {
    this.#report = report;
    this.#flap = flap;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "signal_recorded") this.#takeSignal(fact, nowMs);
    if (fact.kind === "operator_asked") this.#servers.delete(fact.serverId);
    if (fact.kind === "state_committed" && (fact.state === "waiting" || fact.isInMaintenance)) {
      this.#servers.delete(fact.serverId);
    }
    if (fact.kind === "journal_replaced") this.#servers.clear();
    if (fact.kind === "program_began" && fact.protectedBy === fact.machine && !fact.isOverridden) {
      this.#begin(fact.machine, nowMs);
    }
  }

  conclude(): void {}

  #takeSignal(
    { serverId, signal, isOfDrill }: Extract<Fact, { kind: "signal_recorded" }>,
    nowMs: number,
  ): void {
    const server = this.#find(serverId);
    const { lastSignal, lastSignalAtMs } = server;
    const liveMs = lastSignal === "LIVE" ? nowMs - lastSignalAtMs : 0;
    if (liveMs >= this.#flap.stableAfterMs / rateMax) server.deaths = 0;
    // A server that closed and stays away does not count as one that dies, nor does a drill.
    if (signal === "DEAD" && lastSignal === "LIVE" && !isOfDrill) server.deaths += 1;
    const isBackFromDeath = signal === "LIVE" && lastSignal === "DEAD";
    server.backSinceMs = isBackFromDeath ? nowMs : Number.NaN;
    server.lastSignal = signal;
    server.lastSignalAtMs = nowMs;
  }

  #begin(serverId: string, nowMs: number): void {
    const server = this.#find(serverId);
    const { deaths, holdMs, holdMaxMs } = this.#flap;
    if (Number.isNaN(server.backSinceMs) || server.deaths < deaths) return;
    const dueMs = Math.min(holdMaxMs, holdMs * 2 ** (server.deaths - deaths)) / rateMax;
    const heldMs = nowMs - server.backSinceMs;
    server.backSinceMs = Number.NaN;
    if (heldMs >= dueMs) return;
    const text = `${serverId} got its channels back after ${heldMs.toFixed(0)} ms`;
    this.#report({ invariant: "I4", atMs: nowMs, text: `${text} and ${server.deaths} deaths` });
  }

  #find(serverId: string): Dying {
    let server = this.#servers.get(serverId);
    if (server === undefined) {
      server = { deaths: 0, lastSignal: "", lastSignalAtMs: 0, backSinceMs: Number.NaN };
      this.#servers.set(serverId, server);
    }
    return server;
  }
}

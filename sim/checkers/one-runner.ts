// I1: at no instant do two servers run the same protected channel, but where an operator broke the
// glass (R10) and as long as that stands. I2: terms never fall, so no program begins under a term
// below that of an earlier one.

import type { Checker, Fact, Violation } from "../fact.ts";

interface Runner {
  readonly machine: string;
  readonly term: bigint;
  /** An operator started it (R10). */
  readonly isOverridden: boolean;
  readonly protectedBy: string;
}

type BegunFact = Extract<Fact, { kind: "program_began" }>;

interface Overridden {
  /** Infinity: the override stands. */
  untilMs: number;
  /** Since when heartbeats and answers go to and fro. NaN: they do not. */
  answeredSinceMs: number;
}

interface StopTimes {
  readonly home: number;
  readonly elsewhere: number;
}

/** So long a channels service may need to learn that a monitor answers: some of its calls fail. */
const contactMs = 3000;

/** From SIGKILL to the end of the last process, and the resolution of the clock. */
const killMs = 20;

export class OneRunner implements Checker {
  readonly #report: (violation: Violation) => void;
  /** How long what an override runs may take to stop when it has ended, at home and elsewhere. */
  readonly #stopMs: StopTimes;
  /** By channel. */
  readonly #runners = new Map<string, Runner[]>();
  readonly #highest = new Map<string, Runner>();
  readonly #suspended = new Set<string>();
  readonly #overrides = new Map<string, Overridden>();
  /** A journal was lost, and its terms with it. */
  #isForgetful = false;
  /** A channels store was lost, and the orders that it had seen. */
  #isStoreLost = false;
  /** When what an override runs counts again. */
  #lookAtMs = Number.POSITIVE_INFINITY;

  constructor(report: (violation: Violation) => void, stopMs: StopTimes) {
    this.#report = report;
    this.#stopMs = stopMs;
  }

  note(fact: Fact, nowMs: number): void {
    if (nowMs >= this.#lookAtMs) this.#lookAgain(nowMs);
    switch (fact.kind) {
      case "program_began":
        if (fact.protectedBy !== "") this.#begin(fact, nowMs);
        return;
      case "program_ended":
        return this.#end(fact.channel, fact.machine);
      case "machine_suspended":
        this.#suspended.add(fact.machine);
        return;
      case "machine_resumed":
        this.#suspended.delete(fact.machine);
        return this.#lookAtAll(nowMs);
      case "journal_replaced":
        this.#isForgetful = true;
        return;
      case "store_lost":
        this.#isStoreLost = true;
        return;
      case "stopped_confirmed":
        // Nobody is left who knows of the higher term: the journal lost it, the target is vouched
        // for.
        if (this.#isForgetful) for (const channel of fact.channels) this.#highest.delete(channel);
        return;
      case "heartbeat_arrived":
        return this.#takeHeartbeat(fact, nowMs);
      case "override_changed":
        return this.#takeOverride(fact, nowMs);
      case "health_changed":
      case "healed":
      case "input_waits":
      case "mail_accepted":
      case "mail_answer_lost":
      case "mail_taken":
      case "operator_asked":
      case "own_work_stopped":
      case "signal_recorded":
      case "state_committed":
        return;
    }
  }

  conclude(): void {}

  #takeOverride(fact: Extract<Fact, { kind: "override_changed" }>, nowMs: number): void {
    const { home, elsewhere } = this.#stopMs;
    // At home the lease that it stands for is over; a service that stops takes the usual time.
    const isHome = fact.machine === fact.serverId && !fact.isStopping;
    const stopMs = isHome ? home : elsewhere;
    const untilMs = fact.isInForce ? Number.POSITIVE_INFINITY : nowMs + stopMs + killMs;
    const overridden = { untilMs, answeredSinceMs: Number.NaN };
    this.#overrides.set(keyOf(fact.machine, fact.serverId), overridden);
    this.#lookAtMs = Math.min(this.#lookAtMs, untilMs);
  }

  // The next contact ends an override, whatever the service itself holds of that.
  #takeHeartbeat(fact: Extract<Fact, { kind: "heartbeat_arrived" }>, nowMs: number): void {
    const override = this.#overrides.get(keyOf(fact.machine, fact.serverId));
    if (override?.untilMs !== Number.POSITIVE_INFINITY) return;
    const isAnswered = fact.isAnswering && fact.proofAgeMs <= contactMs;
    if (!isAnswered) override.answeredSinceMs = Number.NaN;
    else if (Number.isNaN(override.answeredSinceMs)) override.answeredSinceMs = nowMs;
    else if (nowMs - override.answeredSinceMs > contactMs) {
      override.untilMs = nowMs;
      this.#lookAtAll(nowMs);
    }
  }

  #lookAgain(nowMs: number): void {
    this.#lookAtMs = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#overrides.values()) {
      if (untilMs > nowMs) this.#lookAtMs = Math.min(this.#lookAtMs, untilMs);
    }
    this.#lookAtAll(nowMs);
  }

  #lookAtAll(nowMs: number): void {
    for (const [channel, runners] of this.#runners) this.#look(channel, runners, nowMs);
  }

  #begin(fact: BegunFact, nowMs: number): void {
    const { channel, machine, term, isOverridden, protectedBy } = fact;
    const runners = this.#runners.get(channel) ?? [];
    const runner = { machine, term, isOverridden, protectedBy };
    runners.push(runner);
    this.#runners.set(channel, runners);
    this.#look(channel, runners, nowMs);
    if (isOverridden) return;
    const highest = this.#highest.get(channel);
    // A term that both sides of its order have lost is known to nobody.
    const isForgotten = this.#isForgetful && this.#isStoreLost;
    if (highest === undefined || term >= highest.term || isForgotten) {
      this.#highest.set(channel, runner);
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
    if (runners.length < 2) return;
    const at = new Set<string>();
    for (const runner of runners) if (this.#counts(runner, nowMs)) at.add(runner.machine);
    if (at.size < 2) return;
    const text = `${channel} runs on ${[...at].join(" and ")}`;
    this.#report({ invariant: "I1", atMs: nowMs, text });
  }

  #counts({ machine, isOverridden, protectedBy }: Runner, nowMs: number): boolean {
    if (this.#suspended.has(machine)) return false;
    const override = this.#overrides.get(keyOf(machine, protectedBy));
    return !isOverridden || override === undefined || nowMs >= override.untilMs;
  }
}

function keyOf(machine: string, serverId: string): string {
  return `${serverId} on ${machine}`;
}

// I6: no DEAD of a server that could be heard all the time, however the monitor itself stalled; a
// DEAD for each that could not be heard; and no LIVE of one that is cut off, in whichever
// direction.

import type { Checker, Fact, SignalFact, Violation } from "../fact.ts";

/** After a fault a heartbeat service may need so long to come back: its longest pause, and some. */
const recoveryMs = 3500;
/**
 * What was sent before a fault may arrive so late: the longest delay of a slow link, and the time
 * until TCP sends again what was lost.
 */
const lateMs = 2800;

interface Timing {
  readonly thresholdMs: number;
  readonly leaseMs: number;
  readonly intervalMs: number;
}

interface Health {
  /** Since when. NaN: not so. */
  soundSinceMs: number;
  silentSinceMs: number;
  cutSinceMs: number;
  /** Since when the monitor stands still. NaN: it does not. */
  asleepSinceMs: number;
  lastSignal: string;
}

type HealthFact = Extract<Fact, { kind: "health_changed" }>;

export class TrueDeaths implements Checker {
  readonly #report: (violation: Violation) => void;
  readonly #timing: Timing;
  readonly #servers = new Map<string, Health>();

  constructor(report: (violation: Violation) => void, timing: Timing) {
    this.#report = report;
    this.#timing = timing;
  }

  note(fact: Fact, nowMs: number): void {
    if (fact.kind === "health_changed") this.#takeHealth(fact, nowMs);
    if (fact.kind === "signal_recorded") this.#takeSignal(fact, nowMs);
  }

  conclude(): void {}

  #takeSignal({ serverId, signal, term }: SignalFact, nowMs: number): void {
    const health = this.#find(serverId);
    if (signal === "LIVE") this.#lookForFalseLife(health, { serverId, term, nowMs });
    // After a close silence is expected, and DEAD means that it has stayed away too long.
    const isOfSilence = signal === "DEAD" && health.lastSignal === "LIVE";
    health.lastSignal = signal;
    // A last heartbeat of before can still bring it to life: silence counts anew.
    if (!Number.isNaN(health.silentSinceMs)) health.silentSinceMs = nowMs;
    const soundMs = nowMs - health.soundSinceMs;
    if (!isOfSilence || !(soundMs > this.#soundMs)) return;
    const text = `DEAD of ${serverId}, term ${term}, heard well for ${soundMs.toFixed(0)} ms`;
    this.#report({ invariant: "I6", atMs: nowMs, text });
  }

  #takeHealth(fact: HealthFact, nowMs: number): void {
    const { serverId, isSound, isSilent, isMonitorAwake, isInMaintenance, isCutOff } = fact;
    const health = this.#find(serverId);
    const isCounted = isSilent && isMonitorAwake && !isInMaintenance;
    if (!isCounted) {
      this.#lookForMissedDeath(health, serverId, nowMs);
      health.silentSinceMs = Number.NaN;
    } else if (Number.isNaN(health.silentSinceMs)) health.silentSinceMs = nowMs;
    if (!isCutOff) health.cutSinceMs = Number.NaN;
    else if (Number.isNaN(health.cutSinceMs)) health.cutSinceMs = nowMs;
    if (!isSound) health.soundSinceMs = Number.NaN;
    else if (Number.isNaN(health.soundSinceMs)) health.soundSinceMs = nowMs;
    this.#noteSleep(health, isMonitorAwake, nowMs);
  }

  // A monitor that stands still hears nobody: a server that was not sound for long enough before
  // that has to show itself anew.
  #noteSleep(health: Health, isAwake: boolean, nowMs: number): void {
    const { asleepSinceMs } = health;
    if (!isAwake) {
      if (Number.isNaN(asleepSinceMs)) health.asleepSinceMs = nowMs;
      return;
    }
    health.asleepSinceMs = Number.NaN;
    const wasSound = asleepSinceMs - health.soundSinceMs > this.#soundMs;
    if (Number.isNaN(asleepSinceMs)) return;
    // It finds what came in before the cut, and its own clock may have slept, too.
    if (!Number.isNaN(health.cutSinceMs)) health.cutSinceMs = nowMs;
    if (!wasSound && !Number.isNaN(health.soundSinceMs)) health.soundSinceMs = nowMs;
  }

  /** A server that was sound for so long must be heard. */
  get #soundMs(): number {
    return this.#timing.thresholdMs + recoveryMs;
  }

  // A heartbeat is good as long as the answer that it acknowledges is younger than a lease.
  get #silentMs(): number {
    const { thresholdMs, leaseMs, intervalMs } = this.#timing;
    return thresholdMs * 1.01 + leaseMs + 3 * intervalMs + lateMs;
  }

  // A round trip is proven by an answer that is younger than a lease.
  #lookForFalseLife(
    { cutSinceMs }: Health,
    { serverId, term, nowMs }: { serverId: string; term: bigint; nowMs: number },
  ): void {
    const cutMs = nowMs - cutSinceMs;
    if (!(cutMs > this.#silentMs - this.#timing.thresholdMs)) return;
    const text = `LIVE of ${serverId}, term ${term}, cut off for ${cutMs.toFixed(0)} ms`;
    this.#report({ invariant: "I6", atMs: nowMs, text });
  }

  #lookForMissedDeath(
    { silentSinceMs, lastSignal }: Health,
    serverId: string,
    nowMs: number,
  ): void {
    const silentMs = nowMs - silentSinceMs;
    if (lastSignal !== "LIVE" || !(silentMs > this.#silentMs)) return;
    const text = `no DEAD of ${serverId}, which was silent for ${silentMs.toFixed(0)} ms`;
    this.#report({ invariant: "I6", atMs: nowMs, text });
  }

  #find(serverId: string): Health {
    let health = this.#servers.get(serverId);
    if (health === undefined) {
      const never = Number.NaN;
      health = {
        soundSinceMs: never,
        silentSinceMs: never,
        cutSinceMs: never,
        asleepSinceMs: never,
        lastSignal: "",
      };
      this.#servers.set(serverId, health);
    }
    return health;
  }
}

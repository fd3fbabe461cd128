// I6: no DEAD of a server that could be heard all the time, however the monitor itself stalled; a
// DEAD in time for each that was not heard; and no LIVE without a round trip that anybody could see
// on the wire. What it expects it computes from the faults and from the messages alone.

import type { Checker, Fact, SignalFact, Violation } from "../fact.ts";

/** After a fault a heartbeat service may need so long to come back: its longest pause, and some. */
const recoveryMs = 3500;

/** Timers wake in whole milliseconds, and a monitor listens some after its process began. */
const latenessMs = 8;

/** Clocks of a story are no faster and no slower than this. */
const rateMax = 1.001;

interface Timing {
  readonly thresholdMs: number;
  /** How young an acknowledged answer must be. */
  readonly provenMs: number;
  readonly intervalMs: number;
  readonly closeExpiryMs: number | undefined;
}

/** What was told last, as a journal has it that is put in the place of another. */
const signalOf: Readonly<Record<string, string>> = {
  live: "LIVE",
  waiting: "LIVE",
  dead: "DEAD",
  closed: "CLOSE",
};

type HealthFact = Extract<Fact, { kind: "health_changed" }>;
type ArrivalFact = Extract<Fact, { kind: "heartbeat_arrived" }>;

interface Watched {
  lastSignal: string;
  isInMaintenance: boolean;
  /** How long a lease lasts that was left to it in a release: nothing is declared before. */
  releasedMs: number;
  /** It was released, and no heartbeat has counted since. */
  isReleasedUnheard: boolean;
  /** Since when. NaN: not so. */
  soundSinceMs: number;
  /** Since when its heartbeat service works beside a channels service that does not. */
  unservedSinceMs: number;
  /** Since when the monitor stands still. */
  asleepSinceMs: number;
  monitorLife: number;
  /** The monitor can store what it decides, and so decide. */
  isStoring: boolean;
  /** Time in which the monitor was awake, heard nothing that counts and had to declare it. */
  silentMs: number;
  countedAtMs: number;
  /** The last heartbeat that could count. */
  provenAtMs: number;
}

export class TrueDeaths implements Checker {
  readonly #report: (violation: Violation) => void;
  readonly #timing: Timing;
  readonly #servers = new Map<string, Watched>();

  constructor(report: (violation: Violation) => void, timing: Timing) {
    this.#report = report;
    this.#timing = timing;
  }

  note(fact: Fact, nowMs: number): void {
    switch (fact.kind) {
      case "heartbeat_arrived":
        return this.#takeHeartbeat(fact, nowMs);
      case "health_changed":
        return this.#takeHealth(fact, nowMs);
      case "signal_recorded":
        return this.#takeSignal(fact, nowMs);
      case "state_committed":
        return this.#takeState(fact, nowMs);
      case "journal_replaced":
        return this.#takeJournal(fact, nowMs);
      case "healed":
      case "input_waits":
      case "machine_resumed":
      case "machine_suspended":
      case "mail_accepted":
      case "mail_answer_lost":
      case "mail_taken":
      case "override_changed":
      case "operator_asked":
      case "own_work_stopped":
      case "program_began":
      case "program_ended":
      case "stopped_confirmed":
      case "store_lost":
        return;
    }
  }

  conclude(nowMs: number): void {
    for (const [serverId, watched] of this.#servers) this.#count(watched, serverId, nowMs);
  }

  #takeHeartbeat(fact: ArrivalFact, nowMs: number): void {
    const { serverId, machine, sentAtMs, proofAgeMs, isAnswering, isSilenced } = fact;
    const watched = this.#find(serverId, nowMs);
    this.#count(watched, serverId, nowMs);
    // A heartbeat service knows of a dead channels service after a look and the patience for one.
    const unservedMs = sentAtMs - watched.unservedSinceMs;
    const isKnownUnserved = machine === serverId && unservedMs > this.#noticeMs;
    if (isSilenced) watched.soundSinceMs = Math.max(nowMs, watched.soundSinceMs);
    const isProof = isAnswering && proofAgeMs <= this.#timing.provenMs;
    if (!isProof || isKnownUnserved || isSilenced) return;
    watched.provenAtMs = nowMs;
    watched.isReleasedUnheard = watched.releasedMs > 0;
    watched.silentMs = 0;
  }

  // What is known of a server is what the journal in the place of the other says.
  #takeJournal({ servers }: Extract<Fact, { kind: "journal_replaced" }>, nowMs: number): void {
    for (const { serverId, state, releasedMs } of servers) {
      this.#servers.delete(serverId);
      const watched = this.#find(serverId, nowMs);
      watched.lastSignal = signalOf[state] ?? "";
      watched.releasedMs = releasedMs;
      watched.isReleasedUnheard = releasedMs > 0;
    }
  }

  #takeSignal({ serverId, signal, term }: SignalFact, nowMs: number): void {
    const watched = this.#find(serverId, nowMs);
    this.#count(watched, serverId, nowMs);
    const what = `${signal} of ${serverId}, term ${term}`;
    if (signal === "LIVE" && watched.provenAtMs !== nowMs) {
      this.#fail(`${what}: no heartbeat with a round trip has arrived now`, nowMs);
    }
    // After a close silence is expected, and DEAD means that it has stayed away too long.
    // Who boots during a release has to wait until the lease of its earlier life is over.
    const isOfSilence =
      signal === "DEAD" && watched.lastSignal === "LIVE" && !watched.isReleasedUnheard;
    const soundMs = nowMs - watched.soundSinceMs;
    if (isOfSilence && soundMs > this.#soundMs) {
      this.#fail(`${what}, heard well for ${soundMs.toFixed(0)} ms`, nowMs);
    }
    watched.lastSignal = signal;
    watched.silentMs = 0;
  }

  #takeState(fact: Extract<Fact, { kind: "state_committed" }>, nowMs: number): void {
    const { serverId, state, isInMaintenance, releasedMs } = fact;
    const watched = this.#find(serverId, nowMs);
    this.#count(watched, serverId, nowMs);
    // A journal that is not the newest trusts nothing, and waits a threshold.
    if (state === "waiting") watched.lastSignal = "LIVE";
    if (state === "waiting" || watched.isInMaintenance !== isInMaintenance) watched.silentMs = 0;
    watched.isInMaintenance = isInMaintenance;
    watched.releasedMs = releasedMs;
    if (releasedMs > 0) watched.isReleasedUnheard = true;
  }

  #takeHealth(fact: HealthFact, nowMs: number): void {
    const { serverId, isSound, isBeating, isServed, isMonitorAwake, monitorLife } = fact;
    const watched = this.#find(serverId, nowMs);
    this.#count(watched, serverId, nowMs);
    watched.soundSinceMs = since(watched.soundSinceMs, isSound, nowMs);
    watched.unservedSinceMs = since(watched.unservedSinceMs, isBeating && !isServed, nowMs);
    this.#noteSleep(watched, isMonitorAwake, nowMs);
    // What could not be stored is decided within a second once it can be: within any threshold.
    watched.isStoring = fact.isMonitorStoring;
    if (monitorLife !== watched.monitorLife || !watched.isStoring) watched.silentMs = 0;
    watched.monitorLife = monitorLife;
  }

  // A monitor that stands still hears nobody: a server that was not sound for long enough before
  // that has to show itself anew.
  #noteSleep(watched: Watched, isAwake: boolean, nowMs: number): void {
    const { asleepSinceMs } = watched;
    watched.asleepSinceMs = since(asleepSinceMs, !isAwake, nowMs);
    if (!isAwake || Number.isNaN(asleepSinceMs)) return;
    const wasSound = asleepSinceMs - watched.soundSinceMs > this.#soundMs;
    if (!wasSound && !Number.isNaN(watched.soundSinceMs)) watched.soundSinceMs = nowMs;
  }

  // Counts the silence so far. A DEAD that is overdue is told once for each silence.
  #count(watched: Watched, serverId: string, nowMs: number): void {
    const passedMs = nowMs - watched.countedAtMs;
    watched.countedAtMs = nowMs;
    const isAsleep = !Number.isNaN(watched.asleepSinceMs);
    const isIdle = isAsleep || watched.isInMaintenance || !watched.isStoring;
    if (isIdle || passedMs === 0) return;
    const beforeMs = watched.silentMs;
    watched.silentMs += passedMs;
    const dueMs = (this.#dueMs(watched.lastSignal) + watched.releasedMs) * rateMax + latenessMs;
    if (!(watched.silentMs > dueMs) || beforeMs > dueMs) return;
    const lateMs = (watched.silentMs - dueMs + latenessMs).toFixed(0);
    const { lastSignal } = watched;
    this.#fail(`no DEAD of ${serverId} after ${lastSignal}: ${lateMs} ms overdue`, nowMs);
  }

  /** The silence after which DEAD is due. */
  #dueMs(lastSignal: string): number {
    if (lastSignal === "LIVE") return this.#timing.thresholdMs;
    if (lastSignal !== "CLOSE") return Number.POSITIVE_INFINITY;
    return this.#timing.closeExpiryMs ?? Number.POSITIVE_INFINITY;
  }

  /** A server that was sound for so long must be heard. */
  get #soundMs(): number {
    return this.#timing.thresholdMs + recoveryMs;
  }

  /**
   * A grant that was passed on saves the look of one interval, and until a lease was granted only
   * the interval bounds the patience for an answer.
   */
  get #noticeMs(): number {
    const { intervalMs } = this.#timing;
    return (2 * intervalMs + Math.max(100, 2 * intervalMs)) * rateMax + latenessMs;
  }

  #fail(text: string, atMs: number): void {
    this.#report({ invariant: "I6", atMs, text });
  }

  #find(serverId: string, nowMs: number): Watched {
    let watched = this.#servers.get(serverId);
    if (watched === undefined) {
      const never = Number.NaN;
      watched = {
        lastSignal: "",
        isInMaintenance: false,
        releasedMs: 0,
        isReleasedUnheard: false,
        soundSinceMs: never,
        unservedSinceMs: never,
        asleepSinceMs: never,
        monitorLife: 0,
        isStoring: true,
        silentMs: 0,
        countedAtMs: nowMs,
        provenAtMs: never,
      };
      this.#servers.set(serverId, watched);
    }
    return watched;
  }
}

function since(sinceMs: number, isSo: boolean, nowMs: number): number {
  if (!isSo) return Number.NaN;
  return Number.isNaN(sinceMs) ? nowMs : sinceMs;
}

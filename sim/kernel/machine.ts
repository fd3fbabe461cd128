// A machine: its clocks, its power, and its sleep. Clocks of two machines run at different rates
// and are never compared.

import { randomText } from "./random-text.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

/** /proc/uptime counts in hundredths of a second. */
const bootResolutionMs = 10;

/** The wall clock of the world when a story begins, in milliseconds since 1970. */
const wallBeganMs = 1_700_000_000_000;

/** What lives on a machine and has to hear of its sleep and its power. */
export interface Resident {
  /** The machine goes on after it stood still. */
  resume(): void;
  /** The machine lost its power. */
  lose(): void;
}

export interface MachineOptions {
  readonly name: string;
  readonly schedule: Schedule;
  readonly random: Random;
  /** How much faster than true time its clocks run: 1.0005 is half a thousandth. */
  readonly rate: number;
  /** Whether its CLOCK_BOOTTIME goes on in its sleep, as it must (R2). */
  readonly countsSleep: boolean;
}

export class Machine {
  readonly name: string;
  readonly rate: number;
  readonly residents = new Set<Resident>();
  isOn = true;
  /** Stands still: no process runs, and CLOCK_MONOTONIC neither. */
  isSuspended = false;
  bootId: string;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #countsSleep: boolean;
  #bootedAtMs: number;
  #suspendedAtMs = 0;
  #sleptMs = 0;

  constructor(options: MachineOptions) {
    this.name = options.name;
    this.rate = options.rate;
    this.#schedule = options.schedule;
    this.#random = options.random;
    this.#countsSleep = options.countsSleep;
    // It has been running for a while when the story begins.
    this.#bootedAtMs = -options.random.between(60_000, 600_000);
    this.bootId = randomText(options.random);
  }

  /** Whether its processes run. */
  get isAwake(): boolean {
    return this.isOn && !this.isSuspended;
  }

  /** CLOCK_MONOTONIC. */
  monotonicMs(): number {
    const untilMs = this.isSuspended ? this.#suspendedAtMs : this.#schedule.nowMs;
    return (untilMs - this.#bootedAtMs - this.#sleptMs) * this.rate;
  }

  /** CLOCK_BOOTTIME, exactly. */
  exactBootMs(): number {
    if (!this.#countsSleep) return this.monotonicMs();
    return (this.#schedule.nowMs - this.#bootedAtMs) * this.rate;
  }

  /** CLOCK_BOOTTIME as /proc/uptime tells it: rounded down. */
  bootMs(): number {
    return Math.floor(this.exactBootMs() / bootResolutionMs) * bootResolutionMs;
  }

  wallMs(): number {
    return wallBeganMs + Math.floor(this.#schedule.nowMs);
  }

  suspend(): void {
    if (!this.isAwake) return;
    this.isSuspended = true;
    this.#suspendedAtMs = this.#schedule.nowMs;
  }

  resume(): void {
    if (!this.isSuspended) return;
    this.isSuspended = false;
    this.#sleptMs += this.#schedule.nowMs - this.#suspendedAtMs;
    for (const resident of this.residents) resident.resume();
  }

  /** Everything on it ends at this instant. */
  cutPower(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.isSuspended = false;
    for (const resident of this.residents) resident.lose();
  }

  boot(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.bootId = randomText(this.#random);
    // Services begin some seconds after the kernel.
    this.#bootedAtMs = this.#schedule.nowMs - this.#random.between(2000, 8000);
    this.#sleptMs = 0;
  }
}

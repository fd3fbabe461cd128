// A process of a service: it starts, crashes, freezes and goes on, like one of Node. Frozen, it
// does nothing; going on, it finds its expired timers first, and then what came in meanwhile.

import type { Machine, Resident } from "./machine.ts";
import type { Schedule } from "./schedule.ts";

/** What runs in a process. One is made for each life of it. */
export interface Program {
  /** The process is gone. Nothing of it is called any more. */
  end?(): void;
}

interface Input {
  readonly life: number;
  readonly run: () => void;
}

export interface Timer {
  cancel(): void;
}

/** Timers that fire a hair early are armed again for at least this long. */
const timerStepMs = 0.01;

export class Process implements Resident {
  readonly name: string;
  readonly machine: Machine;
  readonly schedule: Schedule;
  /** Counts the lives; what was meant for an earlier one never reaches a later one. */
  life = 0;
  isRunning = false;
  isFrozen = false;
  /** Told when a life ends, by whatever cause. */
  readonly deathListeners = new Set<() => void>();
  /** Told when it starts, ends, freezes or goes on. */
  onChange: () => void = () => undefined;
  readonly #launch: () => Program;
  #program: Program | undefined;
  #lateTimers: Input[] = [];
  #lateInputs: Input[] = [];
  #lateTurns: Input[] = [];

  constructor(
    name: string,
    given: { machine: Machine; schedule: Schedule; launch: () => Program },
  ) {
    this.name = name;
    this.machine = given.machine;
    this.schedule = given.schedule;
    this.#launch = given.launch;
    this.machine.residents.add(this);
  }

  /** Whether it does anything at this instant. */
  get isActive(): boolean {
    return this.isRunning && !this.isFrozen && this.machine.isAwake;
  }

  start(): void {
    if (this.isRunning || !this.machine.isOn) return;
    this.isRunning = true;
    this.isFrozen = false;
    this.life += 1;
    this.#program = this.#launch();
    this.onChange();
  }

  /** SIGKILL, a crash, or its own end. */
  end(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.isFrozen = false;
    this.#lateTimers = [];
    this.#lateInputs = [];
    this.#lateTurns = [];
    this.#program?.end?.();
    this.#program = undefined;
    const listeners = [...this.deathListeners];
    this.deathListeners.clear();
    for (const listener of listeners) listener();
    this.onChange();
  }

  lose(): void {
    this.end();
  }

  freeze(): void {
    if (this.isRunning) this.isFrozen = true;
  }

  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    if (this.machine.isAwake) this.resume();
  }

  /** Something comes in from outside, meant for this life. */
  take(life: number, run: () => void): void {
    if (!this.isRunning || life !== this.life) return;
    if (this.isActive) run();
    else this.#lateInputs.push({ life, run });
  }

  /**
   * Calls back after a time by the monotonic clock of the machine, in this life only. Like Node's
   * timers: whole milliseconds, and one at least.
   */
  after(waitMs: number, wake: () => void): Timer {
    const { life, machine } = this;
    const delayMs = Math.max(1, Math.ceil(waitMs));
    const dueAtMs = machine.monotonicMs() + delayMs;
    let planned = this.schedule.after(delayMs / machine.rate, () => fire());
    let isCancelled = false;
    const fire = () => {
      if (isCancelled || !this.isRunning || life !== this.life) return;
      if (!this.isActive) {
        this.#lateTimers.push({ life, run: fire });
        return;
      }
      const leftMs = dueAtMs - machine.monotonicMs();
      // The machine slept meanwhile: its timers slept, too.
      if (leftMs > timerStepMs) planned = this.schedule.after(leftMs / machine.rate, fire);
      else wake();
    };
    return {
      cancel: () => {
        isCancelled = true;
        planned.cancel();
      },
    };
  }

  /** Calls back once everything that came in so far has been read. */
  afterInput(wake: () => void): void {
    const { life } = this;
    this.#lateTurns.push({ life, run: wake });
    this.schedule.after(0, () => {
      if (this.isActive && life === this.life) this.#turn();
    });
  }

  /** Goes on after it stood still: timers, then input, then what waited for the input. */
  resume(): void {
    if (!this.isActive) return;
    this.onChange();
    const timers = this.#lateTimers;
    this.#lateTimers = [];
    for (const { life, run } of timers) if (life === this.life) run();
    const inputs = this.#lateInputs;
    this.#lateInputs = [];
    for (const { life, run } of inputs) this.take(life, run);
    this.#turn();
  }

  #turn(): void {
    const turns = this.#lateTurns;
    this.#lateTurns = [];
    for (const { life, run } of turns) if (life === this.life && this.isActive) run();
  }
}

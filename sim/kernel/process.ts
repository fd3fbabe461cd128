// A process of a service: it starts, crashes, freezes and goes on, like one of Node. Frozen, it
// does nothing; going on, it finds its expired timers first, and then what came in meanwhile.

import type { Machine, Resident } from "./machine.ts";
import { Planned, type Schedule } from "./schedule.ts";

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
  #lateTimers: ProcessTimer[] = [];
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
    const timer = new ProcessTimer(this, Math.max(1, Math.ceil(waitMs)), wake);
    timer.arm();
    return timer;
  }

  /** A timer is due. Returns whether it may fire now: else it waits until the process goes on. */
  mayFire(timer: ProcessTimer): boolean {
    if (!this.isRunning || timer.life !== this.life) return false;
    if (this.isActive) return true;
    this.#lateTimers.push(timer);
    return false;
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
    for (const timer of timers) if (!timer.isCancelled) timer.happen();
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

/** A timer of one life of a process, by the monotonic clock of its machine. */
class ProcessTimer extends Planned implements Timer {
  readonly life: number;
  readonly #process: Process;
  readonly #dueAtMs: number;
  readonly #wake: () => void;

  constructor(process: Process, delayMs: number, wake: () => void) {
    super();
    this.life = process.life;
    this.#process = process;
    this.#dueAtMs = process.machine.monotonicMs() + delayMs;
    this.#wake = wake;
  }

  arm(): void {
    const { machine, schedule } = this.#process;
    const leftMs = this.#dueAtMs - machine.monotonicMs();
    schedule.plan(this, schedule.nowMs + leftMs / machine.rate);
  }

  happen(): void {
    const { machine } = this.#process;
    if (!this.#process.mayFire(this)) return;
    // The machine slept meanwhile: its timers slept, too.
    if (this.#dueAtMs - machine.monotonicMs() > timerStepMs) this.arm();
    else this.#wake();
  }
}

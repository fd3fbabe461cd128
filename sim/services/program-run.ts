// One run of a channel: a program in a process group under its guard, as the runtime `process`
// makes it. The guard is apart from the channels service: it kills when its instant comes or the
// service is gone, whatever has become of the service. Only a machine that stands still can stop
// it.

import type { Launch, Run, RunListener } from "../../services/channels/src/ports.ts";
import type { Resident } from "../kernel/machine.ts";
import type { Process } from "../kernel/process.ts";
import type { Planned } from "../kernel/schedule.ts";
import type { World } from "../world.ts";

/** How the programs of a channel behave. Faults change it. */
export interface Manners {
  /** How long a program takes to be ready, and to end when it is asked to, at most. */
  readyMs: number;
  stopMs: number;
  /** It ignores SIGTERM. */
  isStubborn: boolean;
}

/** Guard and program are started by the kernel: in milliseconds. */
const launchMs = { min: 2, max: 15 } as const;
/** From SIGKILL to the end of the last process. */
const killMs = { min: 0.1, max: 3 } as const;
/** /proc/uptime is rounded down to this; guards count it in. */
const clockResolutionMs = 10;

export class ProgramRun implements Run, Resident {
  readonly #world: World;
  readonly #service: Process;
  readonly #serviceLife: number;
  readonly #launch: Launch;
  readonly #listener: RunListener;
  readonly #manners: Manners;
  readonly #isOverridden: boolean;
  readonly #onServiceDeath = () => this.#kill("its guard killed it: the service is gone");
  #state: "launching" | "running" | "dying" | "gone" = "launching";
  #guardKillAtMs: number | undefined;
  #guardWake: Planned | undefined;
  #stopAtMs = Number.POSITIVE_INFINITY;
  #hasBegun = false;
  /** What waits for the machine to go on. */
  #held: (() => void)[] = [];

  constructor(
    world: World,
    given: {
      service: Process;
      launch: Launch;
      listener: RunListener;
      manners: Manners;
      isOverridden: boolean;
    },
  ) {
    this.#world = world;
    this.#service = given.service;
    this.#serviceLife = given.service.life;
    this.#launch = given.launch;
    this.#listener = given.listener;
    this.#manners = given.manners;
    this.#isOverridden = given.isOverridden;
    this.#guardKillAtMs = given.launch.killAtMs;
    given.service.machine.residents.add(this);
    if (world.sabotage !== "idle_guard") given.service.deathListeners.add(this.#onServiceDeath);
    // The guard is in place before the program may begin.
    this.#armGuard();
    this.#later(world.random.between(launchMs.min, launchMs.max), () => this.#begin());
  }

  setKillAt(killAtMs: number): void {
    this.#guardKillAtMs = killAtMs;
    this.#armGuard();
  }

  stop(killAtMs: number): void {
    const isFirst = this.#stopAtMs === Number.POSITIVE_INFINITY;
    if (killAtMs >= this.#stopAtMs) return;
    this.#stopAtMs = killAtMs;
    if (this.#state === "launching") return this.#kill("stopped before it began");
    if (isFirst) this.#askToStop();
    this.#armStop();
  }

  /** The program crashes. */
  crash(): void {
    if (this.#state === "running") this.#die("exited with code 1");
  }

  lose(): void {
    this.#leave();
  }

  resume(): void {
    const held = this.#held;
    this.#held = [];
    // Thawed machines excepted (I1): what was overdue goes before anything else is seen.
    if (this.#isOverdue()) this.#end("killed after the machine stood still");
    else this.#armGuard();
    for (const run of held) if (this.#state !== "gone") run();
  }

  #begin(): void {
    if (this.#state !== "launching") return;
    // The service gives the word to begin. A frozen or dead one does not.
    if (!this.#service.isRunning || this.#service.life !== this.#serviceLife) return this.#leave();
    if (!this.#service.isActive) {
      this.#service.take(this.#serviceLife, () => this.#begin());
      return;
    }
    const { definition, order } = this.#launch;
    this.#state = "running";
    this.#hasBegun = true;
    this.#world.tell({
      kind: "program_began",
      machine: this.#service.machine.name,
      channel: definition.name,
      protectedBy: definition.protectedBy ?? "",
      term: order?.term ?? 0n,
      isOverridden: this.#isOverridden,
    });
    this.#trace(`begins${order === undefined ? "" : ` under term ${order.term}`}`);
    this.#listener.onRunning(1);
  }

  #isOverdue(): boolean {
    if (this.#guardKillAtMs === undefined || this.#world.sabotage === "idle_guard") return false;
    return this.#service.machine.exactBootMs() >= this.#guardKillAtMs - clockResolutionMs;
  }

  #askToStop(): void {
    const { isStubborn, stopMs } = this.#manners;
    if (isStubborn) return this.#trace("is asked to stop, and does not care");
    this.#later(this.#world.random.next() * stopMs, () => this.#die("exited with code 0"));
  }

  #armStop(): void {
    const { machine } = this.#service;
    const leftMs = this.#stopAtMs - machine.bootMs();
    if (leftMs <= 0) return this.#kill("killed by SIGKILL");
    this.#service.after(leftMs, () => {
      if (this.#state === "running") this.#armStop();
    });
  }

  #armGuard(): void {
    this.#guardWake?.cancel();
    const killAtMs = this.#guardKillAtMs;
    if (killAtMs === undefined || this.#state === "gone") return;
    if (this.#world.sabotage === "idle_guard") return;
    const { machine } = this.#service;
    const leftMs = (killAtMs - clockResolutionMs - machine.exactBootMs()) / machine.rate;
    this.#guardWake = this.#world.schedule.after(leftMs, () => {
      if (machine.isAwake) this.#kill("killed by its guard");
    });
  }

  #kill(why: string): void {
    if (this.#state === "dying" || this.#state === "gone") return;
    if (this.#state === "launching") {
      this.#state = "dying";
      this.#later(0.1, () => this.#end(why));
      return;
    }
    this.#state = "dying";
    this.#later(this.#killMs(), () => this.#end(why));
  }

  #killMs(): number {
    return this.#world.random.between(killMs.min, killMs.max);
  }

  #die(why: string): void {
    if (this.#state === "running") this.#end(why);
  }

  #end(why: string): void {
    if (this.#state === "gone") return;
    this.#leave();
    this.#trace(`ends: ${why}`);
    // Never inside the call that asked for it.
    this.#world.schedule.after(0, () =>
      this.#service.take(this.#serviceLife, () => this.#listener.onGone(why)),
    );
  }

  // No process of it is left.
  #leave(): void {
    this.#state = "gone";
    this.#guardWake?.cancel();
    this.#service.machine.residents.delete(this);
    this.#service.deathListeners.delete(this.#onServiceDeath);
    if (!this.#hasBegun) return;
    const machine = this.#service.machine.name;
    this.#world.tell({ kind: "program_ended", machine, channel: this.#launch.definition.name });
  }

  // Programs stand still with their machine.
  #later(delayMs: number, run: () => void): void {
    const { machine } = this.#service;
    this.#world.schedule.after(delayMs, () => {
      if (this.#state === "gone") return;
      if (machine.isAwake) run();
      else this.#held.push(run);
    });
  }

  #trace(what: string): void {
    if (!this.#world.trace.isOn) return;
    const { name } = this.#launch.definition;
    this.#world.trace.say(this.#service.machine.name, `program ${name} ${what}`);
  }
}

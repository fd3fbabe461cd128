// The channels service in a story: the real core, on a simulated disk, with simulated programs. It
// does what loop.ts of the service does, without its timers and promises.

import type { Channel, ChannelEffect } from "../../services/channels/src/core/channel-state.ts";
import { changeBetween, type Kept, restore } from "../../services/channels/src/core/durable.ts";
import type { Settings, State, Step } from "../../services/channels/src/core/state.ts";
import { nextWakeMs, step } from "../../services/channels/src/core/step.ts";
import type { News } from "../../services/channels/src/loop.ts";
import { DiskFate } from "../kernel/disk-fate.ts";
import type { Machine } from "../kernel/machine.ts";
import { Process, type Program, type Timer } from "../kernel/process.ts";
import { sabotageNews } from "../sabotage.ts";
import type { World } from "../world.ts";
import { tellOverrides, traceChanges } from "./channel-changes.ts";
import { ChannelsDisk } from "./channels-disk.ts";
import { type Manners, ProgramRun } from "./program-run.ts";

/** Longest timer of the service's loop. */
const timerMsMax = 1000;
/** From the start of the process until what an earlier life left is cleared away. */
const clearMs = { min: 10, max: 80 } as const;

const actor = { name: "anna", reason: "no monitor answers" };

/** Hears of every change of channels. True: it has heard enough. */
export type ChannelsListener = () => boolean;

export class ChannelsHost {
  readonly process: Process;
  readonly fate = new DiskFate();
  readonly settings: Settings;
  /** It answers, and refuses every lease. */
  isUnwilling = false;
  /** By channel. */
  readonly manners = new Map<string, Manners>();
  readonly runs = new Map<string, ProgramRun>();
  readonly #world: World;
  readonly #deployed: Kept;
  #disk: ChannelsDisk;
  #storeNumber = 1;
  #state: State;
  #isServing = false;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #listeners: ChannelsListener[] = [];

  constructor(
    world: World,
    given: { machine: Machine; settings: Settings; kept: Kept; manners: () => Manners },
  ) {
    const { machine, settings, kept } = given;
    this.#world = world;
    this.settings = settings;
    this.#deployed = kept;
    this.#disk = new ChannelsDisk(kept);
    this.#state = restore(kept, settings, 0);
    for (const { definition } of kept.channels) this.manners.set(definition.name, given.manners());
    const launch = () => this.#begin();
    const name = `channels@${machine.name}`;
    this.process = new Process(name, { machine, schedule: world.schedule, launch });
  }

  /** Machine and store. */
  get holder(): string {
    const { bootId, name } = this.process.machine;
    return `${bootId}/${this.settings.serverId}@${name}/${this.#storeNumber}`;
  }

  get isServing(): boolean {
    return this.#isServing && this.process.isRunning;
  }

  state(): State {
    return this.tell({ type: "time_passed" }).state;
  }

  /** The state as it was stepped last, for who listens to it. */
  current(): State {
    return this.#state;
  }

  /** Steps, stores, acts. */
  tell(told: News): Step {
    const { machine } = this.process;
    const before = this.#state;
    const news = sabotageNews(this.#world.sabotage, told, before);
    const after = step(before, { ...news, bootMs: machine.bootMs(), wallMs: machine.wallMs() });
    const change = changeBetween(before, after.state);
    if (change !== undefined && !this.fate.write(() => this.#disk.save(change))) return after;
    this.#state = after.state;
    this.#tellOverrides(before.overrides, after.state.overrides);
    for (const effect of after.effects) this.#act(effect);
    if (before.channels !== after.state.channels) this.#announce(before, after.state);
    this.#armTimer();
    return after;
  }

  /** An operator starts protected channels without a monitor (R10). Returns whether that is so. */
  breakGlass(serverId: string, names: readonly string[]): boolean {
    if (!this.process.isActive || !this.isServing) return false;
    this.tell({ type: "override_asked", serverId, names, actor, because: actor.reason });
    return this.#state.overrides.has(serverId);
  }

  #tellOverrides(before: State["overrides"], after: State["overrides"]): void {
    const { isStopping } = this.#state;
    tellOverrides(this.#world, this.process, { before, after, isStopping });
  }

  /**
   * Its store is lost: a new one knows what the configuration deploys, and no order. This and the
   * next are to be called while the process does not run.
   */
  loseStore(): void {
    this.#disk = new ChannelsDisk(this.#deployed);
    this.#storeNumber += 1;
    this.#world.tell({ kind: "store_lost", machine: this.process.machine.name });
    this.#world.trace.say(this.process.name, "has lost its store");
  }

  /** Takes over a copy of another's disk. */
  copyDisk(other: ChannelsHost): void {
    this.#disk = new ChannelsDisk(other.#disk.load());
  }

  listen(listener: ChannelsListener): void {
    this.#listeners.push(listener);
  }

  /** SIGTERM: stops every channel, and ends. */
  stop(): void {
    if (!this.process.isActive) return;
    if (!this.#isServing) return this.process.end();
    this.tell({ type: "service_stop_asked" });
    const end = () => {
      if (![...this.#state.channels.values()].every(isResting)) return false;
      this.process.end();
      return true;
    };
    if (!end()) this.listen(end);
  }

  #begin(): Program {
    const { random } = this.#world;
    this.#isServing = false;
    this.#listeners = [];
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.process.after(random.between(clearMs.min, clearMs.max), () => {
      this.#state = restore(this.#disk.load(), this.settings, this.process.machine.wallMs());
      this.#isServing = true;
      this.tell({ type: "earlier_life_cleared" });
      this.process.onChange();
      if (this.#world.sabotage === "borrowed_start_alone") this.#startBorrowed();
    });
    return {
      end: () => {
        // With the service its programs end, and a new life of it begins without an override.
        this.#tellOverrides(this.#state.overrides, new Map());
        this.#isServing = false;
        this.runs.clear();
        this.fate.clear();
      },
    };
  }

  // Sabotage of hazard 11: what the backup was told once it does again by itself.
  #startBorrowed(): void {
    for (const { definition, activation, order } of this.#state.channels.values()) {
      if (activation !== "active" || order === undefined) continue;
      this.tell({ type: "start_asked", names: [definition.name], order, because: "it remembers" });
    }
  }

  #act(effect: ChannelEffect): void {
    switch (effect.type) {
      case "launch":
        return this.#launch(effect);
      case "stop_run":
        this.#noteStop(effect.name);
        this.runs.get(keyOf(effect.name, effect.run))?.stop(effect.killAtMs);
        return;
      case "move_kill":
        this.runs.get(keyOf(effect.name, effect.run))?.setKillAt(effect.killAtMs);
        return;
    }
  }

  #launch({ definition, run, order, killAtMs }: Extract<ChannelEffect, { type: "launch" }>): void {
    const { name } = definition;
    const key = keyOf(name, run);
    const manners = this.manners.get(name) ?? { readyMs: 0, stopMs: 0, isStubborn: false };
    const report = (event: Extract<News, { type: "run_reported" }>["report"]) =>
      this.tell({ type: "run_reported", name, report: event });
    const listener = {
      onRunning: (pid: number) => {
        report({ type: "program_running", run, pid });
        const readyMs = this.#world.random.next() * manners.readyMs;
        this.process.after(readyMs, () => {
          if (this.runs.has(key)) report({ type: "channel_ready", run });
        });
      },
      onGone: (reason: string) => {
        this.runs.delete(key);
        report({ type: "program_gone", run, reason, lastLines: [] });
      },
      onOutput: () => Promise.resolve(),
    };
    const launch = { definition, order, killAtMs };
    const service = this.process;
    const isOverridden = this.#state.channels.get(name)?.override !== undefined;
    const given = { service, launch, listener, manners, isOverridden };
    this.runs.set(key, new ProgramRun(this.#world, given));
  }

  #noteStop(name: string): void {
    const channel = this.#state.channels.get(name);
    if (channel?.definition.protectedBy !== undefined || this.#state.isStopping) return;
    const machine = this.process.machine.name;
    this.#world.tell({ kind: "own_work_stopped", machine, channel: name });
  }

  #announce(before: State, after: State): void {
    if (this.#world.trace.isOn)
      traceChanges(this.#world.trace, this.process.name, { before, after });
    const listeners = this.#listeners;
    if (listeners.length === 0) return;
    this.#listeners = [];
    for (const listener of listeners) if (!listener()) this.#listeners.push(listener);
  }

  #armTimer(): void {
    const wakeMs = nextWakeMs(this.#state);
    if (wakeMs === undefined || wakeMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    const waitMs = Math.min(Math.max(0, wakeMs - this.process.machine.bootMs()), timerMsMax);
    this.#timerAtMs = wakeMs;
    this.#timer = this.process.after(waitMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.tell({ type: "time_passed" });
    });
  }
}

function isResting({ activity }: Channel): boolean {
  return activity === "stopped" || activity === "failed";
}

function keyOf(name: string, run: number): string {
  return `${name}#${run}`;
}

// The monitor in a story: its real core, its real loops and its journal in memory, over simulated
// ports. A promise of its loops is given its turns before time goes on, so that all stays in order.

import { openLog } from "@hot-backup/kit/log.ts";
import { Drills } from "../../services/monitor/src/drills.ts";
import { Monitor } from "../../services/monitor/src/monitor.ts";
import type { MonitorParts } from "../../services/monitor/src/parts.ts";
import type { ServerSettings } from "../../services/monitor/src/core/server-settings.ts";
import type { ServerLoop } from "../../services/monitor/src/server-loop.ts";
import { observedEveryMs } from "../../services/monitor/src/core/stall-meter.ts";
import { DiskFate } from "../kernel/disk-fate.ts";
import type { Machine } from "../kernel/machine.ts";
import { Process, type Program } from "../kernel/process.ts";
import { sabotageLateness } from "../sabotage.ts";
import type { World } from "../world.ts";
import type { ChannelsHost } from "./channels-host.ts";
import { HeartbeatServer } from "./heartbeat-server.ts";
import { JournalHost } from "./journal-host.ts";
import { LastReports } from "./last-reports.ts";
import type { NotifyHost } from "./notify-host.ts";
import { openSimulatedNotifier, openSimulatedTargets } from "./monitor-ports.ts";

/** Nobody reads it: what happens is in the trace. */
const log = openLog("sim", { server: "sim", level: "fatal" });

/** Hears of each row of the state table that was taken, by its reason and its states. */
export type RowListener = (from: string, to: string, because: string) => void;

export class MonitorHost {
  readonly process: Process;
  readonly fate = new DiskFate();
  readonly journal: JournalHost;
  readonly server: HeartbeatServer;
  readonly settings: readonly ServerSettings[];
  readonly group: string;
  readonly targets: ReadonlyMap<string, ChannelsHost>;
  readonly #world: World;
  readonly #notify: NotifyHost;
  readonly #onRow: RowListener;
  #monitor: Monitor | undefined;
  #drills: Drills | undefined;
  #reports = new LastReports();

  constructor(
    world: World,
    given: {
      name: string;
      machine: Machine;
      group: string;
      settings: readonly ServerSettings[];
      targets: ReadonlyMap<string, ChannelsHost>;
      notify: NotifyHost;
      onRow: RowListener;
    },
  ) {
    this.#world = world;
    this.settings = given.settings;
    this.group = given.group;
    this.targets = given.targets;
    this.#notify = given.notify;
    this.#onRow = given.onRow;
    const { name, settings } = given;
    this.journal = new JournalHost(world, { name, settings, fate: this.fate });
    const launch = () => this.#begin();
    const { machine } = given;
    this.process = new Process(given.name, { machine, schedule: world.schedule, launch });
    this.server = new HeartbeatServer(world, this.process, {
      monitor: () => this.#monitor,
      told: (server, content) => {
        if (this.#reports.note(server, content)) this.#monitor?.announce(server);
      },
    });
  }

  /** The monitor of this life. Undefined: it does not run. */
  get monitor(): Monitor | undefined {
    return this.#monitor;
  }

  /** The drills of this life. Undefined: it does not run. */
  get drills(): Drills | undefined {
    return this.#drills;
  }

  /** SIGTERM: leaves its servers a long lease (R9), and ends. */
  stop(): void {
    const { life } = this.process;
    if (!this.process.isActive || this.#monitor === undefined) return this.process.end();
    this.stir();
    void this.#monitor.release().then(() => {
      this.process.take(life, () => this.process.end());
    });
  }

  /** Something asked a promise of the monitor: it gets its turns. */
  stir(): void {
    this.#world.isRestless = true;
  }

  #begin(): Program {
    this.process.after(0, () => this.#launch());
    return {
      end: () => {
        this.#monitor = undefined;
        this.#drills = undefined;
        this.fate.clear();
        this.journal.crash();
      },
    };
  }

  #launch(): void {
    const { life } = this.process;
    const monitor = new Monitor(this.#parts(life));
    this.#monitor = monitor;
    const reports = new LastReports();
    this.#reports = reports;
    this.#drills = new Drills(monitor, (server) => reports.of(server));
    this.#watchRows(monitor);
    monitor.start();
    this.#skipThreshold(monitor);
    this.#world.trace.say(this.process.name, "begins to watch");
    this.stir();
  }

  #parts(life: number): MonitorParts {
    const { process } = this;
    const { machine } = process;
    const port = {
      world: this.#world,
      process,
      life,
      serverIds: (target: string) => this.#serverIdsOf(target),
      stir: () => this.stir(),
    };
    const journal = this.journal.open(() => process.isRunning && process.life === life);
    const { journalId } = journal;
    return {
      server: process.name,
      group: this.group,
      servers: this.settings,
      fences: new Map(),
      mailDelayMs: 2000,
      journal,
      targets: openSimulatedTargets(port, { targets: this.targets, journalId }),
      notifier: openSimulatedNotifier(port, this.#notify),
      actions: { callWebhook: () => Promise.resolve(""), runCommand: () => Promise.resolve("") },
      clock: {
        nowMs: () => machine.monotonicMs(),
        bootMs: () => machine.bootMs(),
        wallMs: () => machine.wallMs(),
      },
      timers: {
        // A look at the clock stirs no promise: most timers of a monitor are for one.
        after: (delayMs, wake) =>
          process.after(delayMs, delayMs === observedEveryMs ? wake : this.#stirring(wake)),
        afterInput: (wake) => {
          const lateMs = sabotageLateness(this.#world.sabotage);
          if (lateMs > 0) process.after(lateMs, this.#stirring(wake));
          else if (this.#world.sabotage === "input_unread") this.#stirring(wake)();
          else process.afterInput(this.#stirring(wake));
        },
      },
      chance: () => this.#world.random.next(),
      log,
    };
  }

  #serverIdsOf(target: string): readonly string[] {
    const ofTarget = this.settings.filter(({ flow }) => flow.startTargets.includes(target));
    return ofTarget.map(({ serverId }) => serverId);
  }

  #stirring(wake: () => void): () => void {
    return () => {
      this.stir();
      wake();
    };
  }

  // Sabotage of R5: for its servers the monitor has been there for a threshold when it begins.
  #skipThreshold(monitor: Monitor): void {
    if (this.#world.sabotage !== "threshold_not_restarted") return;
    const { clock } = monitor.parts;
    const moment = { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
    for (const server of monitor.servers.values()) {
      const { watched } = server;
      const { nowMs: startsNotBeforeMs } = moment;
      watched.liveness.lastGoodMs -= watched.settings.thresholdMs;
      watched.server = { ...watched.server, startsNotBeforeMs };
      server.take({ kind: "monitor_started", ...moment });
    }
  }

  #watchRows(monitor: Monitor): void {
    const states = new Map<string, { state: string; assignment: string }>();
    for (const [id, { record }] of monitor.servers) states.set(id, record);
    monitor.subscribe({
      serverChanged: ({ record }: ServerLoop) => {
        const before = states.get(record.serverId);
        states.set(record.serverId, record);
        if (before === undefined) return;
        if (before.state !== record.state) this.#onRow(before.state, record.state, record.because);
        if (before.assignment === record.assignment || !this.#world.trace.isOn) return;
        const text = `assigns ${record.serverId} to ${record.assignment}, term ${record.term}`;
        this.#world.trace.say(this.process.name, text);
      },
      signalRecorded: () => undefined,
    });
  }
}

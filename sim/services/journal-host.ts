// The disk with a monitor's journal: what survives its lives, what a crash takes, and what
// operators do with copies of it.

import type { ServerSettings } from "../../services/monitor/src/core/server-settings.ts";
import type { Journal, JournalChange } from "../../services/monitor/src/ports.ts";
import { restoredJournal } from "../../services/monitor/src/restored-journal.ts";
import {
  copyMemoryDisk,
  createMemoryDisk,
  type MemoryDisk,
  openMemoryJournal,
  restoreMemoryDisk,
} from "../../services/monitor/src/store/memory.ts";
import type { DiskFate } from "../kernel/disk-fate.ts";
import { randomText } from "../kernel/random-text.ts";
import type { World } from "../world.ts";

/** Unsynced writes are lost in a crash, where a story sabotages the disk. */
const syncEveryMs = 400;

/** Who puts copies back, and why. */
const actor = { name: "anna", reason: "the disk died" };

export class JournalHost {
  readonly #world: World;
  readonly #name: string;
  readonly #settings: readonly ServerSettings[];
  readonly #fate: DiskFate;
  #disk: MemoryDisk;
  #synced: { disk: MemoryDisk; atMs: number };

  constructor(
    world: World,
    given: { name: string; settings: readonly ServerSettings[]; fate: DiskFate },
  ) {
    this.#world = world;
    this.#name = given.name;
    this.#settings = given.settings;
    this.#fate = given.fate;
    this.#disk = createMemoryDisk(this.#newId());
    this.#synced = { disk: copyMemoryDisk(this.#disk), atMs: 0 };
  }

  /** Whether a long lease that was left to a server is out, as far as it knows (R9). */
  get isReleaseOut(): boolean {
    return [...this.#disk.servers.values()].some(({ release }) => release !== undefined);
  }

  /** The journal for one life of the monitor. */
  open(isAlive: () => boolean): Journal {
    const disk = this.#disk;
    const journal = openMemoryJournal(disk);
    return {
      ...journal,
      commit: (change) => {
        if (!isAlive()) throw new Error("dead");
        const store = () => {
          journal.commit(change);
          this.#tellOnlookers(change);
        };
        if (!this.#fate.write(store)) throw new Error("cannot store a decision");
        this.#sync(disk);
      },
      saveDrill: (drill, history) => {
        if (!isAlive()) throw new Error("dead");
        const store = () => journal.saveDrill(drill, history);
        if (!this.#fate.write(store)) throw new Error("cannot store a drill");
        this.#sync(disk);
      },
    };
  }

  /** The process is gone: what was not synced is lost. */
  crash(): void {
    if (this.#world.sabotage === "unsynced_journal") this.#disk = this.#synced.disk;
  }

  /** A copy, as an operator keeps one. */
  copy(): MemoryDisk {
    return copyMemoryDisk(this.#disk);
  }

  /** The disk is lost. This and the next two are to be done while the process does not run. */
  lose(): void {
    this.#replace(createMemoryDisk(this.#newId()), "has lost its journal");
  }

  /** A copy is put back as if nothing had happened. */
  putBack(copy: MemoryDisk): void {
    this.#replace(copyMemoryDisk(copy), "has an old copy of its journal, and nobody says so");
  }

  /** A copy, or an empty journal, is put in its place, and an operator says so (R7). */
  restore(copy: MemoryDisk | undefined, wallMs: number): void {
    const given = { servers: this.#settings, actor, wallMs };
    const journalId = this.#newId();
    const restored = restoreMemoryDisk(copy ?? createMemoryDisk(journalId), {
      journalId,
      restore: (content) => restoredJournal(content, given),
    });
    this.#replace(restored, "has a restored journal");
  }

  #newId(): string {
    const journalId = randomText(this.#world.random);
    return this.#world.sabotage === "same_journal" ? "same" : journalId;
  }

  #replace(disk: MemoryDisk, what: string): void {
    const lostId = this.#disk.journalId;
    this.#disk = disk;
    this.#synced = { disk: copyMemoryDisk(disk), atMs: 0 };
    const { journalId, signals } = disk;
    const servers = this.#settings.map(({ serverId }) => {
      const { state = "unheard", release } = disk.servers.get(serverId) ?? {};
      return { serverId, state, releasedMs: release?.lastsMs ?? 0 };
    });
    const lastSignalId = signals.at(-1)?.signalId ?? 0n;
    this.#world.tell({ kind: "journal_replaced", lostId, journalId, lastSignalId, servers });
    this.#world.trace.say(this.#name, what);
  }

  // Sabotage of save-before-act: what was stored stays in memory for a while.
  #sync(disk: MemoryDisk): void {
    if (this.#world.sabotage !== "unsynced_journal") return;
    const { nowMs } = this.#world.schedule;
    if (nowMs - this.#synced.atMs < syncEveryMs) return;
    this.#synced = { disk: copyMemoryDisk(disk), atMs: nowMs };
  }

  #tellOnlookers({ servers, signals }: JournalChange): void {
    const { journalId } = this.#disk;
    const { trace } = this.#world;
    for (const { signalId, serverId, signal, term, because } of signals) {
      const isOfDrill = because.includes("because a drill");
      const said = { signalId, serverId, signal, term, journalId, isOfDrill };
      this.#world.tell({ kind: "signal_recorded", ...said });
      if (trace.isOn) trace.say(this.#name, `${signal} ${serverId}, term ${term}: ${because}`);
    }
    for (const { serverId, state, maintenance, release } of servers) {
      const isInMaintenance = maintenance !== undefined;
      const said = { serverId, state, isInMaintenance, releasedMs: release?.lastsMs ?? 0 };
      this.#world.tell({ kind: "state_committed", ...said });
    }
  }
}

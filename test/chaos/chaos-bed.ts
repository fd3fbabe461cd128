// A bed for some rounds: both servers on machines that can be cut off from each other, fed all the
// time, with everything followed from outside.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Feeder, startFeeder } from "@hot-backup/testbed/feeder.ts";
import { followSignals } from "@hot-backup/testbed/follow.ts";
import type { Instance } from "@hot-backup/testbed/instance.ts";
import { moveToFreePorts } from "@hot-backup/testbed/ports.ts";
import type { ServiceName } from "@hot-backup/testbed/service-process.ts";
import { nameOfSignal } from "@hot-backup/testbed/signal-name.ts";
import { examplePorts, openTwoServers, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { editBedConfig, machineOf, type Temper, waysOf } from "./bed-config.ts";
import type { ToldSignal } from "./checkers/signals.ts";
import { type Disk, openDisk, type StoreName, storeNames } from "./disks.ts";
import { openNamespaces } from "./network/namespaces.ts";
import type { Network } from "./network/network.ts";
import { openProxies } from "./network/proxies.ts";
import type { Place } from "./place.ts";
import { StoryKeeper } from "./story.ts";

/** Orders and invoices per second: enough work to lose or to double. */
const filesPerSecond = 20;

/** A signal with the instant at which the follower was told it. */
export type HeardSignal = ToldSignal & { readonly atNs: bigint };

export class ChaosBed implements AsyncDisposable {
  readonly servers: TwoServers;
  readonly network: Network;
  readonly disks: ReadonlyMap<StoreName, Disk>;
  readonly feeder: Feeder;
  readonly temper: Temper;
  readonly story = new StoryKeeper();
  readonly signals: HeardSignal[] = [];
  readonly #opened: AsyncDisposableStack;
  #isKept = false;

  constructor(parts: {
    servers: TwoServers;
    network: Network;
    disks: ReadonlyMap<StoreName, Disk>;
    temper: Temper;
    opened: AsyncDisposableStack;
  }) {
    this.servers = parts.servers;
    this.network = parts.network;
    this.disks = parts.disks;
    this.temper = parts.temper;
    this.#opened = parts.opened;
    this.feeder = startFeeder(parts.servers.exchangeFolder, filesPerSecond);
    const stop = new AbortController();
    const followed = followSignals(parts.servers.monitor, {
      stop: stop.signal,
      onSignal: ({ signalId, signal, term }) => {
        const atNs = process.hrtime.bigint();
        this.signals.push({ id: signalId, name: nameOfSignal(signal), term, atNs });
      },
    });
    this.#opened.defer(async () => {
      stop.abort();
      this.feeder[Symbol.dispose]();
      await followed;
    });
  }

  /** Starts services that do not run, as systemd would. */
  start(instance: Instance, names: readonly ServiceName[] = instance.services): void {
    const down = names.filter((name) => !instance.isRunning(name));
    if (instance === this.servers.backup && down.includes("channels")) {
      this.story.backupChannelsStarts += 1;
    }
    if (down.includes("notify")) this.story.hurtNotify();
    instance.start(down);
  }

  startAll(): void {
    this.start(this.servers.backup);
    this.start(this.servers.primary);
  }

  /** The folder outlives the bed, for whoever wants to know what happened. Returns it. */
  keepFolder(): string {
    const { folder } = this.servers;
    for (const [name, disk] of this.disks) {
      // The disk itself ends with the bed.
      cpSync(disk.folder, join(folder, "stores", name), { recursive: true });
    }
    this.#isKept = true;
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
    if (!this.#isKept) rmSync(this.servers.folder, { recursive: true });
  }
}

/** Writes the configuration, makes machines and disks. Nothing of the product runs yet. */
export async function openChaosBed(place: Place, temper: Temper): Promise<ChaosBed> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-chaos-"));
  await using opening = new AsyncDisposableStack();
  const movePort = await moveToFreePorts("two-servers");
  const network = opening.use(
    place.network === "namespaces"
      ? await openNamespaces()
      : await openProxies(waysOf(temper, movePort)),
  );
  const disks = new Map(
    storeNames.map((name) => {
      const disk = openDisk(join(folder, "disks", name), place.hasDisks);
      return [name, opening.use(disk)] as const;
    }),
  );
  const servers = opening.use(
    await openTwoServers({
      folder,
      movePort,
      edit: editBedConfig({ network, disks, temper, movePort }),
      addressOf: (of) => {
        const port = movePort(examplePorts[of]);
        return of === "smtp"
          ? network.ownAddress(port)
          : network.addressOf(machineOf(of, temper), port);
      },
      launcherOf: (instance) => (service) => {
        if (instance === "primary") return network.launcherOf("primary");
        return network.launcherOf(service === "channels" ? "backup" : temper.monitorOn);
      },
    }),
  );
  return new ChaosBed({ servers, network, disks, temper, opened: opening.move() });
}

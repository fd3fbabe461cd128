// The configuration of a bed: that of examples/two-servers with its addresses on the machines of
// the network, its stores on their disks, and times short enough for many rounds.

import { join } from "node:path";
import type { ConfigFolderOptions } from "@hot-backup/testbed/config-folder.ts";
import { examplePorts } from "@hot-backup/testbed/two-servers.ts";
import type { Machine, Network } from "./network/network.ts";
import type { Disk, StoreName } from "./disks.ts";

/** Silence that is tolerated. Long enough for a busy machine to keep, short enough for a round. */
export const thresholdMs = 1000;
const leaseMs = 800;
const intervalMs = 100;

export const protections = ["lease", "none"] as const;
export type Protection = (typeof protections)[number];

/** What differs from bed to bed. */
export interface Temper {
  /** Without a lease I1 is not promised: to see that its checker can fail. */
  readonly protection: Protection;
  readonly monitorOn: "backup" | "apart";
  readonly failback: "automatic" | "manual" | { readonly after: string };
}

interface BedConfigOptions {
  readonly network: Network;
  readonly disks: ReadonlyMap<StoreName, Disk>;
  readonly temper: Temper;
  movePort(port: number): number;
}

type Port = keyof typeof examplePorts;

/** Where a service runs. */
export function machineOf(port: Port, { monitorOn }: Temper): Machine {
  if (port === "primaryHeartbeat" || port === "primaryChannels") return "primary";
  return port === "backupChannels" ? "backup" : monitorOn;
}

/** Changes the copies of the example's files. */
export function editBedConfig(options: BedConfigOptions): NonNullable<ConfigFolderOptions["edit"]> {
  const changes = bedChanges(options);
  // Nobody but this suite can reach the addresses of its namespaces.
  const isPrivate = options.network.kind === "namespaces";
  return (file, document) => {
    if (isPrivate && changes.has(file)) document.set("insecure", true);
    for (const [key, value] of Object.entries(changes.get(file) ?? {})) {
      const path = key.split(".").map((each) => (/^\d+$/.test(each) ? Number(each) : each));
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
  };
}

// Values by file and key; undefined takes a key away.
function bedChanges(
  options: BedConfigOptions,
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const { network, disks, temper, movePort } = options;
  const listen = (port: Port) => network.listenOn(movePort(examplePorts[port]));
  const way = (from: Machine, to: Port) =>
    network.addressBetween(from, machineOf(to, temper), movePort(examplePorts[to]));
  const store = (name: StoreName) => join(disks.get(name)?.folder ?? "", "store.db");
  const { monitorOn, protection } = temper;
  const primary = {
    protection,
    "heartbeat.listen": listen("primaryHeartbeat"),
    "heartbeat.monitors": [way("primary", "monitor")],
    "heartbeat.channels": way("primary", "primaryChannels"),
    "heartbeat.interval": `${intervalMs}ms`,
    "heartbeat.timeouts": { stop: "5s", close: "1s" },
    "channels.listen": listen("primaryChannels"),
    "channels.store": store("primaryChannels"),
  };
  const backup = {
    "monitor.listen": listen("monitor"),
    "monitor.notify": way(monitorOn, "notify"),
    "monitor.targets": { "backup-1": way(monitorOn, "backupChannels") },
    "monitor.journal": store("journal"),
    "monitor.mailDelay": "1s",
    "monitor.release": { bound: "3s" },
    "monitor.servers.0.threshold": `${thresholdMs}ms`,
    "monitor.servers.0.protection": protection,
    "monitor.servers.0.lease": protection === "lease" ? `${leaseMs}ms` : undefined,
    "monitor.servers.0.failback": temper.failback,
    "channels.listen": listen("backupChannels"),
    "channels.store": store("backupChannels"),
    "notify.listen": listen("notify"),
    "notify.store": store("outbox"),
    "notify.smtp": `smtp://${network.ownAddress(movePort(examplePorts.smtp))}`,
    "notify.retry": { first: "100ms", max: "500ms" },
    "notify.timeouts": { connection: "2s", greeting: "2s", socket: "3s", attempt: "5s" },
  };
  return new Map<string, Readonly<Record<string, unknown>>>([
    ["primary.yaml", primary],
    ["backup.yaml", backup],
  ]);
}

/** Ways between machines that a proxy must stand in. */
export function waysOf(temper: Temper, movePort: (port: number) => number) {
  const way = (from: Machine, to: Port) => ({
    from,
    to: machineOf(to, temper),
    port: movePort(examplePorts[to]),
  });
  const ways = [way("primary", "monitor"), way(temper.monitorOn, "backupChannels")];
  return ways.filter(({ from, to }) => from !== to);
}

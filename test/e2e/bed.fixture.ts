// A bed of its own for each story: two running servers in a temporary folder, fed all the time, and
// gone afterwards.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { ConfigFolderOptions } from "@hot-backup/testbed/config-folder.ts";
import { judge, readRuns } from "@hot-backup/testbed/evidence.ts";
import { type Feeder, startFeeder } from "@hot-backup/testbed/feeder.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { type CableProxy, openCableProxy } from "@hot-backup/testbed/proxy.ts";
import {
  openTwoServers,
  primaryId,
  type TwoServers,
  type TwoServersOptions,
} from "@hot-backup/testbed/two-servers.ts";
import { expect } from "vitest";

/** How long any one condition may take on two busy cores. */
export const withinMs = 30_000;

export const protectedChannels = ["orders", "invoices"];

/** Orders and invoices per second. */
const filesPerSecond = 20;

/** A bed with its feeder. */
export interface Bed extends AsyncDisposable {
  readonly servers: TwoServers;
  readonly feeder: Feeder;
  /** The only way from the primary to the monitor. */
  readonly cable: CableProxy;
}

/**
 * Starts both servers of the example and waits until the primary runs its channels.
 * @param edit changes the copies of the example's files
 * @param secureOf how each service proves to the test which one it is, where the files have TLS
 */
export async function openBed(
  edit?: ConfigFolderOptions["edit"],
  secureOf?: TwoServersOptions["secureOf"],
): Promise<Bed> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-e2e-"));
  const [cablePort = 0] = await chooseFreePorts(1);
  const servers = await openTwoServers({
    folder,
    ...(secureOf && { secureOf }),
    edit: (file, document) => {
      if (file === "primary.yaml") {
        document.setIn(["heartbeat", "monitors"], [`127.0.0.1:${cablePort}`]);
      }
      edit?.(file, document);
    },
  });
  const cable = await openCableProxy(cablePort, portOf(servers.address("monitor")));
  const feeder = startFeeder(servers.exchangeFolder, filesPerSecond);
  const bed = {
    servers,
    feeder,
    cable,
    [Symbol.asyncDispose]: async () => {
      feeder[Symbol.dispose]();
      await servers[Symbol.asyncDispose]();
      await cable[Symbol.asyncDispose]();
      expect([...servers.primary.processes(), ...servers.backup.processes()]).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  };
  try {
    await servers.start(withinMs);
    await untilRunningOn(bed, "primary");
    return bed;
  } catch (error) {
    await bed[Symbol.asyncDispose]();
    throw error;
  }
}

/** Changes what the monitor is told about the primary; the lease is the default again. */
export function watchedServer(
  fields: Readonly<Record<string, unknown>>,
): NonNullable<ConfigFolderOptions["edit"]> {
  return (file, document) => {
    if (file !== "backup.yaml") return;
    document.deleteIn(["monitor", "servers", 0, "lease"]);
    for (const [key, value] of Object.entries(fields)) {
      document.setIn(["monitor", "servers", 0, key], document.createNode(value));
    }
  };
}

/** Waits until both protected channels are STARTED on a server. */
export async function untilRunningOn(
  { servers }: Pick<Bed, "servers">,
  role: "primary" | "backup",
): Promise<void> {
  await servers.waitFor(`both channels to run on the ${role}`, withinMs, async () => {
    return (await activities(servers, role)).every((each) => each === Activity.ACTIVITY_STARTED);
  });
}

/** Waits until no protected channel has a process left on a server. */
export async function untilStoppedOn({ servers }: Bed, role: "primary" | "backup"): Promise<void> {
  await servers.waitFor(`both channels to stop on the ${role}`, withinMs, async () => {
    return (await activities(servers, role)).every((each) => each === Activity.ACTIVITY_STOPPED);
  });
}

/** Waits until the monitor, as it is now, has had a good heartbeat of the primary. */
export async function untilHeard({ servers }: Bed): Promise<void> {
  await servers.waitFor("a good heartbeat", withinMs, async () => {
    return (await servers.server()).sinceGood !== undefined;
  });
}

/** Waits until there have been this many signals, and returns the names of all. */
export async function untilSignals(bed: Bed, count: number): Promise<string[]> {
  return bed.servers.waitFor(`${count} signals`, withinMs, async () => {
    const names = await signalNames(bed);
    return names.length >= count && names;
  });
}

/** Waits until this many mails have arrived, and returns the signals that their subjects name. */
export async function untilMails({ servers }: Bed, count: number): Promise<string[]> {
  const { mails } = servers.mailbox;
  await servers.waitFor(`${count} mails`, withinMs, () => mails.length >= count);
  return mails.map(({ subject }) => subjectWord(subject));
}

/** What a subject is about: DEAD, RESOLVED LIVE, SWITCHOVER. */
export function subjectWord(subject: string): string {
  return /(?:RESOLVED )?(?:LIVE|DEAD|CLOSE|SWITCHOVER|FAILBACK)/.exec(subject)?.[0] ?? subject;
}

/** Asks the monitor for something about the primary. */
export async function ask(
  { servers: { monitor } }: Bed,
  method: "failback" | "switchover" | "setMaintenance" | "clearMaintenance",
): Promise<void> {
  const actor = { name: "an operator", reason: "to see what happens" };
  const options = { what: `Cannot ask for ${method}`, deadlineMs: withinMs };
  const request = { serverId: primaryId, actor, expiry: undefined };
  await call(monitor[method].bind(monitor), request, options);
}

/** What a story must leave, whatever happened in it. */
export const soundVerdict = { lost: [], duplicated: [], overlaps: [], surplus: 0 };

/** Stops feeding, waits until every file has its result, and judges what the story has left. */
export async function verdictAtEnd({ servers, feeder }: Bed) {
  feeder[Symbol.dispose]();
  const judgeNow = () => judge(servers.exchangeFolder, feeder.fed);
  await servers.waitFor("every file to be processed", withinMs, () => judgeNow().lost.length === 0);
  const { fed, processed, lost, duplicated, overlaps } = judgeNow();
  return { lost, duplicated, overlaps, surplus: processed - fed };
}

/** The runs of one channel, in the order in which they began. */
export function runsOf(servers: TwoServers, channel: string) {
  return readRuns(servers.exchangeFolder).filter((run) => run.channel === channel);
}

/** The wall-clock instant, in ms since 1970, of an instant of CLOCK_MONOTONIC. */
export function wallMsOf(atNs: bigint): number {
  return Date.now() - Number(process.hrtime.bigint() - atNs) / 1e6;
}

async function activities(
  servers: TwoServers,
  role: "primary" | "backup",
): Promise<(Activity | undefined)[]> {
  const channels = await servers.channels(role);
  return protectedChannels.map((name) => channels.get(name)?.activity);
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

async function signalNames({ servers }: Bed): Promise<string[]> {
  const names = new Map<Signal, string>([
    [Signal.SIGNAL_LIVE, "LIVE"],
    [Signal.SIGNAL_DEAD, "DEAD"],
    [Signal.SIGNAL_CLOSE, "CLOSE"],
  ]);
  const signals = await servers.signals();
  return signals.map(({ signal }) => names.get(signal) ?? "unknown");
}

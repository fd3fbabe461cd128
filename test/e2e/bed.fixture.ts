// A bed of its own for each test: two running servers in a temporary folder, fed all the time, and
// gone afterwards.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { judge, readRuns } from "@hot-backup/testbed/evidence.ts";
import { type Feeder, startFeeder } from "@hot-backup/testbed/feeder.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { type CableProxy, openCableProxy } from "@hot-backup/testbed/proxy.ts";
import { openTwoServers, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { expect } from "vitest";

/** How long any one condition may take on two busy cores. */
export const withinMs = 30_000;

const protectedChannels = ["orders", "invoices"];

/** A bed with its feeder. */
export interface Bed extends AsyncDisposable {
  readonly servers: TwoServers;
  readonly feeder: Feeder;
  /** The only way from the primary to the monitor. */
  readonly cable: CableProxy;
}

/**
 * Starts both servers and waits until the primary runs its channels.
 * @param threshold in place of the example's, where a busy machine must not make a restart look
 *   like a death
 */
export async function openBed(threshold?: string): Promise<Bed> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-e2e-"));
  const [cablePort = 0] = await chooseFreePorts(1);
  const servers = await openTwoServers({
    folder,
    edit: (file, document) => {
      if (file === "primary.yaml") {
        document.setIn(["heartbeat", "monitors"], [`127.0.0.1:${cablePort}`]);
      }
      if (file === "backup.yaml" && threshold !== undefined) {
        document.setIn(["monitor", "servers", 0, "threshold"], threshold);
      }
    },
  });
  const cable = await openCableProxy(cablePort, portOf(servers.address("monitor")));
  const feeder = startFeeder(servers.exchangeFolder, 20);
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

/** Waits until both protected channels are STARTED on a server. */
export async function untilRunningOn({ servers }: Bed, role: "primary" | "backup"): Promise<void> {
  await servers.waitFor(`both channels to run on the ${role}`, withinMs, async () => {
    const channels = await servers.channels(role);
    return protectedChannels.every(
      (name) => channels.get(name)?.activity === Activity.ACTIVITY_STARTED,
    );
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
  return mails.map(({ subject }) => /LIVE|DEAD|CLOSE/.exec(subject)?.[0] ?? subject);
}

/**
 * Stops feeding and waits until everything is done; then nothing may be lost, doubled, or run
 * twice at once.
 */
export async function expectSound({ servers, feeder }: Bed): Promise<void> {
  feeder[Symbol.dispose]();
  await servers.waitFor("every file to be processed", withinMs, () => {
    return judge(servers.exchangeFolder, feeder.fed).lost.length === 0;
  });
  const { fed, processed, duplicated, overlaps } = judge(servers.exchangeFolder, feeder.fed);
  expect(duplicated).toEqual([]);
  expect(overlaps).toEqual([]);
  expect(processed).toBe(fed);
  // I7: the backup's own channel is one run from beginning to end.
  expect(runsOf(servers, "reports")).toMatchObject([{ server: "backup-1" }]);
}

/** The runs of one channel, in the order in which they began. */
export function runsOf(servers: TwoServers, channel: string) {
  return readRuns(servers.exchangeFolder).filter((run) => run.channel === channel);
}

/** The wall-clock instant, in ms since 1970, of an instant of CLOCK_MONOTONIC. */
export function wallMsOf(atNs: bigint): number {
  return Date.now() - Number(process.hrtime.bigint() - atNs) / 1e6;
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

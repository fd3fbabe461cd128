// The two servers of examples/mutual-backup as real processes: each runs a channel of its own and
// watches the other.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { Activity, ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { signalToJSON } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { writeConfigFolder } from "@hot-backup/testbed/config-folder.ts";
import { type Feeder, startFeeder } from "@hot-backup/testbed/feeder.ts";
import { Instance } from "@hot-backup/testbed/instance.ts";
import { type Mailbox, openMailbox } from "@hot-backup/testbed/mailbox.ts";
import { moveToFreePorts } from "@hot-backup/testbed/ports.ts";
import { serviceNames } from "@hot-backup/testbed/service-process.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { withinMs } from "./bed.fixture.ts";

const example = "mutual-backup";

const smtpPort = 7725;

const callDeadlineMs = 2000;

/** The two servers, their ports in the example, and the channel that is their own. */
const members = {
  a: { monitorPort: 7602, channelsPort: 7603, own: "orders", other: "b" },
  b: { monitorPort: 7702, channelsPort: 7703, own: "invoices", other: "a" },
} as const;

export type MemberName = keyof typeof members;

/** One of the two. */
export interface Member {
  readonly own: string;
  readonly other: MemberName;
  readonly instance: Instance;
  /** Watches the other one. */
  readonly monitor: MonitorServiceClient;
  readonly channels: ChannelServiceClient;
}

/** Both, fed all the time. */
export interface MutualBed extends AsyncDisposable {
  readonly exchangeFolder: string;
  readonly feeder: Feeder;
  readonly mailbox: Mailbox;
  readonly members: Readonly<Record<MemberName, Member>>;
}

/** Starts both servers and waits until each runs its own channel. */
export async function openMutualBed(): Promise<MutualBed> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-mutual-"));
  const exchangeFolder = join(folder, "exchange");
  mkdirSync(exchangeFolder);
  const movePort = await moveToFreePorts(example);
  writeConfigFolder({ example, folder, exchangeFolder, movePort });
  const mailbox = await openMailbox(movePort(smtpPort));
  const feeder = startFeeder(exchangeFolder, 20);
  const both = {
    a: openMember("a", { folder, movePort }),
    b: openMember("b", { folder, movePort }),
  };
  const bed = {
    exchangeFolder,
    feeder,
    mailbox,
    members: both,
    [Symbol.asyncDispose]: async () => {
      feeder[Symbol.dispose]();
      for (const member of Object.values(both)) {
        member.monitor.close();
        member.channels.close();
        await member.instance[Symbol.asyncDispose]();
      }
      await mailbox[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
  try {
    for (const { instance } of Object.values(both)) instance.start();
    for (const name of ["a", "b"] as const) {
      await untilRunning(bed, { on: name, channels: [both[name].own] });
      await untilSignalsOf(bed, name, 1);
    }
    return bed;
  } catch (error) {
    await bed[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until exactly these channels are STARTED on a server, and the others are STOPPED. */
export async function untilRunning(
  bed: MutualBed,
  { on, channels }: { on: MemberName; channels: readonly string[] },
): Promise<void> {
  await untilTrue(bed, `${channels.join(" and ")} to run on ${on}`, async () => {
    const client = bed.members[on].channels;
    const options = { what: `Cannot list the channels of ${on}`, deadlineMs: callDeadlineMs };
    const request = { protectedBy: "", pageSize: 0, pageToken: "" };
    const answer = await call(client.listChannels.bind(client), request, options);
    return answer.channels.every(({ definition, activity }) => {
      const isWanted = channels.includes(definition?.name ?? "");
      return activity === (isWanted ? Activity.ACTIVITY_STARTED : Activity.ACTIVITY_STOPPED);
    });
  });
}

/** Waits until there have been this many signals of a server, and returns the names of all. */
export async function untilSignalsOf(
  bed: MutualBed,
  name: MemberName,
  count: number,
): Promise<string[]> {
  const { monitor } = bed.members[members[name].other];
  return untilTrue(bed, `${count} signals of ${name}`, async () => {
    const options = { what: `Cannot list the signals of ${name}`, deadlineMs: callDeadlineMs };
    const request = { serverId: `server-${name}`, pageSize: 100, pageToken: "" };
    const answer = await call(monitor.listSignals.bind(monitor), request, options);
    const names = answer.signals.map(({ signal }) => signalToJSON(signal).replace("SIGNAL_", ""));
    return names.length >= count && names.toReversed();
  });
}

/** Waits on a condition; a failure tells the last lines of every log. */
export async function untilTrue<T>(
  bed: MutualBed,
  what: string,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  try {
    return await waitFor(what, probe, { withinMs });
  } catch (error) {
    const logs = Object.values(bed.members).map(({ instance }) => instance.logTail());
    throw new Error(`${String(error)}\n${logs.join("\n")}`, { cause: error });
  }
}

function openMember(
  name: MemberName,
  { folder, movePort }: { folder: string; movePort(port: number): number },
): Member {
  const { monitorPort, channelsPort, own, other } = members[name];
  return {
    own,
    other,
    instance: new Instance({
      name,
      services: serviceNames,
      configFile: join(folder, "config", `${name}.yaml`),
      logFolder: join(folder, "logs"),
    }),
    monitor: dial(MonitorServiceClient, `127.0.0.1:${movePort(monitorPort)}`),
    channels: dial(ChannelServiceClient, `127.0.0.1:${movePort(channelsPort)}`),
  };
}

// The two servers with everything they say on a timeline: signals from the monitor, channels from
// both channels services, mails from the mailbox. The demo plays its story here, and `npm start`
// leaves it to you.

import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SignalRecord } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { type Feeder, startFeeder } from "@hot-backup/testbed/feeder.ts";
import { followChannels, followSignals } from "@hot-backup/testbed/follow.ts";
import type { ReceivedMail } from "@hot-backup/testbed/mailbox.ts";
import { isPortFree } from "@hot-backup/testbed/ports.ts";
import { examplePorts, openTwoServers, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { type Runner, Runners } from "./runners.ts";
import { Timeline } from "./timeline.ts";

/** The protected channels of the examples. */
export const protectedChannels = ["orders", "invoices"] as const;

/** The names of the servers, as their configuration says. */
export const serverIds = { primary: "primary-1", backup: "backup-1" } as const;

/** A signal with the instant at which it was told. */
export interface SeenSignal {
  readonly name: "LIVE" | "DEAD" | "CLOSE";
  readonly record: SignalRecord;
  readonly atMs: number;
}

/** First of a hundred ports that the examples use. */
const examplePortBase = 7400;

/** What a stage is made of. */
export interface StageOptions {
  /** Begins the name of its folder. */
  readonly name: string;
  readonly portBase: number;
  /** Orders and invoices together. */
  readonly filesPerSecond: number;
}

/** What is going on between the two servers. */
export interface Stage extends AsyncDisposable {
  readonly bed: TwoServers;
  readonly timeline: Timeline;
  readonly runners: Runners;
  readonly feeder: Feeder;
  readonly signals: readonly SeenSignal[];
  /** Results that the protected channels have delivered so far. */
  countProcessed(): number;
  /** Begins to follow the streams. Called once, when the services have been started. */
  follow(): void;
}

/** Prepares a fresh folder and everything around the servers; starts none of them. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const shiftPort = (port: number) => port - examplePortBase + options.portBase;
  await refuseTakenPorts(shiftPort);
  const signals: SeenSignal[] = [];
  const runners = new Runners({
    onStart: (runner) => timeline.say("starts", describe(runner)),
    onEnd: (runner) => timeline.say("ends", describe(runner)),
  });
  const timeline = new Timeline(protectedChannels, (channel) => {
    return runners.serversOf(channel).join(" + ") || "-";
  });
  const bed = await openTwoServers({
    folder: makeFolder(options.name),
    movePort: shiftPort,
    onMail: (mail: ReceivedMail) => timeline.say("mail", mail.subject),
  });
  const feeder = startFeeder(bed.exchangeFolder, options.filesPerSecond);
  const followed = new AbortController();
  let streams: Promise<unknown> = Promise.resolve();
  return {
    bed,
    timeline,
    runners,
    feeder,
    signals,
    countProcessed: () => countResults(bed.exchangeFolder),
    follow: () => {
      streams = followAll(bed, {
        stop: followed.signal,
        runners,
        onSignal: (record) => {
          const name = nameOf(record.signal);
          const { serverId, term, because } = record;
          signals.push({ name, record, atMs: performance.now() });
          timeline.say("signal", `${name}  ${serverId}  term ${term}  ${because}`);
        },
      });
    },
    [Symbol.asyncDispose]: async () => {
      followed.abort();
      feeder[Symbol.dispose]();
      runners[Symbol.dispose]();
      await streams;
      await bed[Symbol.asyncDispose]();
    },
  };
}

function followAll(
  bed: TwoServers,
  options: { stop: AbortSignal; runners: Runners; onSignal: (record: SignalRecord) => void },
): Promise<unknown> {
  const { stop, runners, onSignal } = options;
  return Promise.all([
    followSignals(bed.monitor, { stop, onSignal }),
    followChannels(bed.primaryChannels, {
      stop,
      onChannel: (channel) => runners.take(serverIds.primary, channel),
    }),
    followChannels(bed.backupChannels, {
      stop,
      onChannel: (channel) => runners.take(serverIds.backup, channel),
    }),
  ]);
}

function countResults(exchangeFolder: string): number {
  const folders = protectedChannels.flatMap((channel) =>
    ["outbox", "rejected"].map((each) => join(exchangeFolder, channel, each)),
  );
  return folders
    .filter((each) => existsSync(each))
    .flatMap((each) => readdirSync(each).filter((name) => name.endsWith(".json"))).length;
}

function describe({ channel, server, term }: Runner): string {
  return `${channel} on ${server}${term === 0n ? "" : `, term ${term}`}`;
}

function nameOf(signal: Signal): SeenSignal["name"] {
  if (signal === Signal.SIGNAL_LIVE) return "LIVE";
  return signal === Signal.SIGNAL_DEAD ? "DEAD" : "CLOSE";
}

// A folder of its own for every run: what it proves must not be mixed with what another one left.
function makeFolder(name: string): string {
  const instant = new Date().toISOString().replaceAll(/[-:]|\..*/g, "");
  const path = `../.hot-backup/${name}-${instant}-${process.pid}`;
  const folder = fileURLToPath(new URL(path, import.meta.url));
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function refuseTakenPorts(shiftPort: (port: number) => number): Promise<void> {
  for (const port of Object.values(examplePorts).map(shiftPort)) {
    if (await isPortFree(port)) continue;
    throw new Error(
      `Cannot start: port ${port} of 127.0.0.1 is taken. ` +
        "Stop what uses it, or move all ports with --port-base, for example 17400.",
    );
  }
}

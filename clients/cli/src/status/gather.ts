// Asks every service of a profile at once, each for itself: one that does not answer keeps nothing
// of the others back, and becomes UNKNOWN.

import { listAll, pageSizeMax } from "@hot-backup/client/pages.ts";
import type { Server, SignalRecord } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { type ChannelsNews, readChannels } from "../channels.ts";
import { toComplaint } from "../complaint.ts";
import { type MonitorAt, read, type Services } from "../services.ts";
import type { Source } from "./source.ts";

export interface MonitorNews {
  readonly servers: readonly Server[];
  /** The last few, newest first. */
  readonly signals: readonly SignalRecord[];
}

export interface MailNews {
  readonly queued: number;
  readonly failed: number;
}

/** All that the services of a profile tell. */
export interface Overview {
  /** By their addresses. */
  readonly monitors: ReadonlyMap<string, Source<MonitorNews>>;
  /** By the id of the server. */
  readonly channels: ReadonlyMap<string, Source<ChannelsNews>>;
  /** Undefined: the profile has no notify. */
  readonly mail: Source<MailNews> | undefined;
}

const signalsShown = 5;

/** What is known before anybody was asked. */
export function emptyOverview({ profile }: Services): Overview {
  const { monitors, channels, notify } = profile;
  return {
    monitors: new Map(monitors.map(({ address }) => [address, emptySource(address)])),
    channels: new Map([...channels].map(([server, address]) => [server, emptySource(address)])),
    mail: notify === undefined ? undefined : emptySource(notify.address),
  };
}

/** A service that has told nothing yet. */
export function emptySource(address: string): Source<never> {
  return { address, last: undefined, problem: undefined };
}

/** Asks everybody once. */
export async function gather(services: Services): Promise<Overview> {
  const before = emptyOverview(services);
  const [mail, monitors, channels] = await Promise.all([
    before.mail && askMail(services, before.mail),
    Promise.all(
      services.monitors.map(async (monitor) => {
        const { address } = monitor;
        return [address, await askMonitor(monitor, emptySource(address))] as const;
      }),
    ),
    Promise.all(
      [...before.channels].map(async ([server, source]) => {
        return [server, await askChannels(services, { server, source })] as const;
      }),
    ),
  ]);
  return { monitors: new Map(monitors), mail, channels: new Map(channels) };
}

/** Asks a monitor. A source that does not answer keeps its last answer, with the reason. */
export function askMonitor(
  monitor: MonitorAt,
  source: Source<MonitorNews>,
): Promise<Source<MonitorNews>> {
  return ask(source, () => readMonitor(monitor));
}

/** Asks the channels service of a server, likewise. */
export function askChannels(
  services: Services,
  { server, source }: { server: string; source: Source<ChannelsNews> },
): Promise<Source<ChannelsNews>> {
  return ask(source, () => readChannels(services, server));
}

/** Asks notify, likewise. */
export function askMail(services: Services, source: Source<MailNews>): Promise<Source<MailNews>> {
  return ask(source, () => readMail(services));
}

/** Whether every service has answered. */
export function hasAll({ monitors, channels, mail }: Overview): boolean {
  const sources = [
    ...monitors.values(),
    ...channels.values(),
    ...(mail === undefined ? [] : [mail]),
  ];
  return sources.every(({ problem }) => problem === undefined);
}

async function ask<Value>(
  before: Source<Value>,
  work: () => Promise<Value>,
): Promise<Source<Value>> {
  const askedMs = performance.now();
  try {
    const value = await work();
    return { ...before, last: { value, askedMs }, problem: undefined };
  } catch (error) {
    return { ...before, problem: toComplaint(error).message };
  }
}

async function readMonitor({ client }: MonitorAt): Promise<MonitorNews> {
  const what = "Cannot ask the monitor";
  const [servers, { signals }] = await Promise.all([
    listAll(async (page) => {
      const answer = await read(client.listServers.bind(client), page, what);
      return { entries: answer.servers, nextPageToken: answer.nextPageToken };
    }),
    read(
      client.listSignals.bind(client),
      { serverId: "", pageSize: signalsShown, pageToken: "" },
      what,
    ),
  ]);
  return { servers, signals };
}

async function readMail({ notify }: Services): Promise<MailNews> {
  const count = async (state: DeliveryState) => {
    const request = { state, pageSize: pageSizeMax, pageToken: "" };
    const answer = await read(notify.listDeliveries.bind(notify), request, "Cannot ask for mail");
    return answer.deliveries.length;
  };
  const [queued, failed] = await Promise.all([
    count(DeliveryState.DELIVERY_STATE_QUEUED),
    count(DeliveryState.DELIVERY_STATE_FAILED),
  ]);
  return { queued, failed };
}

// What several commands ask of channels services: whose is meant, what is there, which of it a name
// or prefix means, and how an order went.

import { listAll } from "@hot-backup/client/pages.ts";
import {
  type Channel,
  ChannelResult,
  type OverrideRecord,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { misuse, toComplaint } from "./complaint.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { read, type Services } from "./services.ts";
import type { Session } from "./session.ts";
import { channelHeading, channelRow } from "./text/channel-rows.ts";
import type { Paint } from "./text/paint.ts";
import { printable } from "./text/printable.ts";
import { printTable } from "./text/table.ts";
import { activityWord } from "./text/words.ts";

/** The server that was named, or the only one of the profile. */
export function chooseServer({ profile }: Services, named: string | undefined): string {
  if (named !== undefined) return named;
  const [first, second] = profile.channels.keys();
  if (first !== undefined && second === undefined) return first;
  const names = [...profile.channels.keys()].join(", ");
  throw misuse(
    `Cannot choose a server: the profile "${profile.name}" does not have exactly one`,
    names === "" ? "add channels to the profile" : `give --server one of: ${names}`,
  );
}

/** What a channels service tells at once. */
export interface ChannelsNews {
  readonly channels: readonly Channel[];
  /** The last ones, newest first. */
  readonly overrides: readonly OverrideRecord[];
}

/** Every channel of a server, and its overrides. */
export async function readChannels(services: Services, server: string): Promise<ChannelsNews> {
  const client = services.channels(server);
  const what = `Cannot list the channels of ${server}`;
  let overrides: readonly OverrideRecord[] = [];
  const channels = await listAll(async (page) => {
    const request = { protectedBy: "", ...page };
    const answer = await read(client.listChannels.bind(client), request, what);
    ({ overrides } = answer);
    return { entries: answer.channels, nextPageToken: answer.nextPageToken };
  });
  return { channels, overrides };
}

/** Every channel of a server. */
export async function listChannels(
  services: Services,
  server: string,
): Promise<readonly Channel[]> {
  const { channels } = await readChannels(services, server);
  return channels;
}

interface Told {
  readonly server: string;
  readonly news: ChannelsNews;
}

interface Silent {
  readonly server: string;
  readonly error: string;
}

/** What each channels service told, and those that did not answer. */
interface ServersNews {
  readonly told: readonly Told[];
  readonly silent: readonly Silent[];
}

/** Asks the server that was named, or all of the profile: one that is away hides no other. */
export async function askServers(
  { services }: Session,
  named: string | undefined,
): Promise<ServersNews> {
  const servers = named === undefined ? [...services.profile.channels.keys()] : [named];
  const asked = await Promise.all(
    servers.map(async (server): Promise<Told | Silent> => {
      try {
        return { server, news: await readChannels(services, server) };
      } catch (error) {
        const complaint = toComplaint(error);
        if (complaint.exitCode !== exitCodes.unreachable) throw error;
        return { server, error: complaint.message };
      }
    }),
  );
  return {
    told: asked.flatMap((each) => ("news" in each ? [each] : [])),
    silent: asked.flatMap((each) => ("error" in each ? [each] : [])),
  };
}

/** A line for each server that did not answer. */
export function printSilent(silent: readonly Silent[], paint: Paint): string[] {
  return silent.map(({ server, error }) =>
    paint("bad", printable(`channels of ${server} UNKNOWN: ${error}`)),
  );
}

export function silentToJson(silent: readonly Silent[]): unknown {
  return silent.map(({ server, error }) => ({ serverId: server, error }));
}

/** Whether a channel is meant by a name, or by a prefix that ends with "*". */
export function isMeant({ definition }: Channel, names: readonly string[]): boolean {
  const own = definition?.name ?? "";
  return names.some((each) =>
    each.endsWith("*") ? own.startsWith(each.slice(0, -1)) : own === each,
  );
}

/** A table of one server's channels. */
export function printChannels(server: string, channels: readonly Channel[], paint: Paint) {
  if (channels.length === 0) return [printable(`${server} has no such channel`)];
  const rows = channels.map((each) => channelRow(server, each));
  return printTable(channelHeading, rows, paint);
}

/** Tells how each channel came out of an order. Failed when one is not as ordered. */
export function tellResults({ output }: Session, results: readonly ChannelResult[]): ExitCode {
  if (output.isJson) {
    output.document({ results: results.map((each) => ChannelResult.toJSON(each)) });
  } else {
    const rows = results.map(({ name, activity, ok, reason, error }) => [
      name,
      activityWord(activity),
      ok ? "ok" : { text: `${reason}: ${error}`, style: "bad" as const },
    ]);
    const lastLines = results.flatMap(({ name, lastLines: lines }) =>
      lines.map((line) => printable(`  ${name}: ${line}`)),
    );
    const table = printTable(["CHANNEL", "ACTIVITY", "RESULT"], rows, output.paint);
    output.lines([...table, ...lastLines]);
  }
  return results.every(({ ok }) => ok) && results.length > 0 ? exitCodes.done : exitCodes.failed;
}

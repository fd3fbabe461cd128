// What several commands ask of channels services: whose is meant, what is there, which of it a name
// or prefix means, and how an order went.

import { listAll } from "@hot-backup/client/pages.ts";
import { type Channel, ChannelResult } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { misuse } from "./complaint.ts";
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

/** Every channel of a server. */
export function listChannels(services: Services, server: string): Promise<Channel[]> {
  const client = services.channels(server);
  const what = `Cannot list the channels of ${server}`;
  return listAll(async (page) => {
    const request = { protectedBy: "", ...page };
    const answer = await read(client.listChannels.bind(client), request, what);
    return { entries: answer.channels, nextPageToken: answer.nextPageToken };
  });
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

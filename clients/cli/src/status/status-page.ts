// The overview as lines for people, for `status` and `watch`. Nothing is shown as true that is not
// fresh: it is UNKNOWN, with its age and why.

import type { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { printInstant, printSpan } from "../text/ages.ts";
import { channelHeading, channelRow } from "../text/channel-rows.ts";
import { printInForce } from "../text/override-rows.ts";
import type { Paint } from "../text/paint.ts";
import { printable } from "../text/printable.ts";
import { printServers, serverHeading } from "../text/server-page.ts";
import { printTable, type Row } from "../text/table.ts";
import { signalWord, unknown } from "../text/words.ts";
import type { MonitorNews, Overview } from "./gather.ts";
import { ageMs, freshValue, type Source } from "./source.ts";

/** How a page is written. */
export interface PageStyle {
  readonly paint: Paint;
  /** By the clock of the sources' `askedMs`. */
  readonly nowMs: number;
}

/** All sections, with an empty line between two. */
export function printStatus(overview: Overview, style: PageStyle): string[] {
  const monitors = [...overview.monitors.values()];
  const sections = [
    overridesSection(overview, style),
    ...monitors.map((each) => monitorSection(each, style)),
    channelsSection(overview, style),
    ...monitors.map((each) => signalsSection(each, style)),
    mailSection(overview, style),
  ].filter((lines) => lines.length > 0);
  return sections.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

// First of all: while the glass is broken two servers may run the same channels.
function overridesSection({ channels }: Overview, { paint, nowMs }: PageStyle): string[] {
  return [...channels].flatMap(([server, source]) => {
    const { overrides } = freshValue(source, nowMs) ?? { overrides: [] };
    const inForce = overrides.filter(({ endedAt }) => endedAt === undefined);
    return inForce.map((each) => paint("bad", printInForce(server, each)));
  });
}

function monitorSection(monitor: Source<MonitorNews>, { paint, nowMs }: PageStyle): string[] {
  const news = freshValue(monitor, nowMs);
  if (news === undefined) {
    // The names are still right; what they are is not known any more.
    const rows = (monitor.last?.value.servers ?? []).map(unknownRow);
    const table = rows.length === 0 ? [] : printTable(serverHeading, rows, paint);
    return [unknownLine(paint, { name: "monitor", source: monitor, nowMs }), ...table];
  }
  return printServers(news.servers, { paint, address: monitor.address });
}

function unknownRow({ serverId }: Server): Row {
  return [serverId, unknown, "-", unknown, "-", unknown, "-", unknown];
}

function channelsSection({ channels }: Overview, { paint, nowMs }: PageStyle): string[] {
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const [server, source] of channels) {
    const news = freshValue(source, nowMs);
    if (news === undefined) {
      notes.push(unknownLine(paint, { name: `channels of ${server}`, source, nowMs }));
      const names = (source.last?.value.channels ?? []).map((each) => each.definition?.name ?? "");
      rows.push(...names.map((name) => [name, server, unknown, unknown, "-", "-", "-", "-"]));
    } else {
      rows.push(...news.channels.map((each) => channelRow(server, each)));
    }
  }
  const table = rows.length === 0 ? [] : printTable(channelHeading, rows, paint);
  return [...table, ...notes];
}

function signalsSection(monitor: Source<MonitorNews>, { paint, nowMs }: PageStyle): string[] {
  const { signals } = freshValue(monitor, nowMs) ?? noNews;
  if (signals.length === 0) return [];
  const rows = signals.map(({ at, signal, serverId, term, because }) => [
    printInstant(at),
    signalWord(signal),
    serverId,
    String(term),
    because,
  ]);
  return printTable(["SIGNALS", "", "SERVER", "TERM", "BECAUSE"], rows, paint);
}

const noNews: MonitorNews = { servers: [], signals: [] };

function mailSection({ mail }: Overview, { paint, nowMs }: PageStyle): string[] {
  if (mail === undefined) return [];
  const news = freshValue(mail, nowMs);
  if (news === undefined) return [unknownLine(paint, { name: "mail", source: mail, nowMs })];
  const { queued, failed } = news;
  return [paint(failed > 0 ? "bad" : undefined, `mail: ${queued} queued, ${failed} failed`)];
}

function unknownLine(
  paint: Paint,
  { name, source, nowMs }: { name: string; source: Source<unknown>; nowMs: number },
): string {
  const age = ageMs(source, nowMs);
  const last = age === undefined ? "" : `; its last word is ${printSpan(age)} old`;
  const why = source.problem ?? (age === undefined ? "not asked yet" : "it does not answer");
  return paint("bad", printable(`${name} UNKNOWN at ${source.address}${last}: ${why}`));
}

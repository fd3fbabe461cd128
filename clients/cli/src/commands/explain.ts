// `explain`: why a server is in its state, what comes next, and what stands in the way.

import {
  ExplainServerRequest,
  ExplainServerResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { parseServer } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printDuration, printInstant } from "../text/ages.ts";
import type { Paint } from "../text/paint.ts";
import { printable } from "../text/printable.ts";
import { printServers } from "../text/server-page.ts";
import { declaredState } from "../text/server-words.ts";
import { printTable } from "../text/table.ts";
import { activityWord, signalWord } from "../text/words.ts";

export const addExplain: AddCommand = (program, run) => {
  program
    .command("explain")
    .description("why a server is in its state, what comes next, what stands in the way")
    .argument("<server>", "id of the server", parseServer)
    .action((server: string) => run((session) => explain(session, server)));
};

async function explain({ services, output }: Session, serverId: string): Promise<undefined> {
  const { monitor, profile } = services;
  const method = monitor.explainServer.bind(monitor);
  const answer = await read(method, ExplainServerRequest.fromPartial({ serverId }), `Cannot explain ${serverId}`);
  if (output.isJson) {
    output.document(ExplainServerResponse.toJSON(answer));
    return undefined;
  }
  const { address } = profile.monitor;
  output.lines(printExplanation(answer, { paint: output.paint, address }));
}

function printExplanation(
  answer: ExplainServerResponse,
  { paint, address }: { paint: Paint; address: string },
): string[] {
  const { server, summary, timeToDead, blockedBy, recentGaps, monitorLag } = answer;
  const servers = server === undefined ? [] : [server];
  const gaps = recentGaps.map(printDuration).join(", ") || "-";
  const toDead =
    timeToDead === undefined ? "the rule does not apply now" : printDuration(timeToDead);
  return [
    printable(summary),
    "",
    ...printServers(servers, { paint, address }),
    "",
    `time to DEAD without a good heartbeat: ${toDead}`,
    `last gaps between good heartbeats: ${gaps}`,
    `longest stall of the monitor in the last minute: ${printDuration(monitorLag)}`,
    ...section("In the way", blockedBy, paint),
    ...nextSection(answer, paint),
    ...channelsSection(answer, paint),
    ...historySection(answer, paint),
  ];
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  if (lines.length === 0) return [];
  return ["", paint("heading", title), ...lines.map((each) => `  ${printable(each)}`)];
}

function nextSection({ next }: ExplainServerResponse, paint: Paint): string[] {
  if (next.length === 0) return [];
  const rows = next.map(({ event, to, signal, because }) => {
    const word = signal === 0 ? "-" : signalWord(signal);
    return [event, declaredState(to), word, because];
  });
  return ["", ...printTable(["IF", "THEN", "SIGNAL", "BECAUSE"], rows, paint)];
}

// Where the channels are: on the server as it reported, on each target as that told.
function channelsSection({ server }: ExplainServerResponse, paint: Paint): string[] {
  if (server === undefined) return [];
  const places = [
    { name: server.serverId, channels: server.channels, clean: "-" },
    ...server.targets.map(({ name, channels, clean, confirmed }) => ({
      name: `${name} (target)`,
      channels,
      clean: `${clean ? "clean" : "dirty"}${confirmed ? ", confirmed stopped" : ""}`,
    })),
  ];
  const rows = places.flatMap(({ name, channels, clean }) =>
    channels.map((each) => [
      each.name,
      name,
      activityWord(each.activity),
      String(each.term),
      clean,
    ]),
  );
  if (rows.length === 0) return [];
  return ["", ...printTable(["CHANNEL", "ON", "ACTIVITY", "TERM", "TARGET IS"], rows, paint)];
}

function historySection({ history }: ExplainServerResponse, paint: Paint): string[] {
  if (history.length === 0) return [];
  const rows = history.map(({ at, term, actor, text }) => {
    const who = actor === undefined ? "" : ` (${actor.name}: ${actor.reason})`;
    return [printInstant(at), String(term), `${text}${who}`];
  });
  return ["", ...printTable(["HISTORY", "TERM", "WHAT"], rows, paint)];
}

// `explain`: why a server is in its state, what comes next, and what stands in the way; or why a
// signal of the past was given.

import {
  ExplainServerRequest,
  ExplainServerResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { parseServer, parseSignalId } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printBetween, printDuration, printTime } from "../text/ages.ts";
import { type Fact, printFacts } from "../text/facts.ts";
import type { Paint } from "../text/paint.ts";
import { printHistory, printPast } from "../text/past-page.ts";
import { printable } from "../text/printable.ts";
import { printReadiness } from "../text/readiness-words.ts";
import { printServers } from "../text/server-page.ts";
import { declaredState } from "../text/server-words.ts";
import { printTable } from "../text/table.ts";
import { activityWord, signalWord } from "../text/words.ts";

interface ExplainOptions {
  readonly signal?: bigint;
}

export const addExplain: AddCommand = (program, run) => {
  program
    .command("explain")
    .description("why a server is in its state, or why a signal was given")
    .argument("<server>", "id of the server", parseServer)
    .option("--signal <signal-id>", "a signal of the past, by its id in `signals`", parseSignalId)
    .action((server: string, options: ExplainOptions) =>
      run((session) => explain(session, server, options)),
    );
};

async function explain(
  { services, output }: Session,
  serverId: string,
  { signal: signalId = 0n }: ExplainOptions,
): Promise<undefined> {
  const { address, client } = await monitorOf(services, serverId);
  const { paint } = output;
  const method = client.explainServer.bind(client);
  const request = ExplainServerRequest.fromPartial({ serverId, signalId });
  const answer = await read(method, request, `Cannot explain ${serverId}`);
  if (output.isJson) output.document(ExplainServerResponse.toJSON(answer));
  else if (answer.past !== undefined) output.lines(printPast(answer.past, paint));
  else output.lines(printExplanation(answer, { paint, address }));
}

function printExplanation(
  answer: ExplainServerResponse,
  { paint, address }: { paint: Paint; address: string },
): string[] {
  const { server, summary, blockedBy } = answer;
  const servers = server === undefined ? [] : [server];
  return [
    printable(summary),
    "",
    ...printServers(servers, { paint, address }),
    "",
    ...printFacts([...heartbeatFacts(answer), ...leaseFacts(answer), ...adviceFacts(answer)]),
    ...section("IN THE WAY", blockedBy, paint),
    ...(server === undefined ? [] : printReadiness(server, paint)),
    ...nextSection(answer, paint),
    ...channelsSection(answer, paint),
    ...printHistory(answer.history, { paint, title: "HISTORY" }),
  ];
}

function heartbeatFacts({ timeToDead, recentGaps, monitorLag }: ExplainServerResponse): Fact[] {
  const toDead =
    timeToDead === undefined
      ? "the rule does not apply now"
      : `${printDuration(timeToDead)} without a good heartbeat`;
  return [
    ["time to DEAD", toDead],
    ["last gaps", recentGaps.map(printTime).join(", ") || "-"],
    ["monitor", `longest stall in the last minute: ${printTime(monitorLag)}`],
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

function leaseFacts({ leaseHolding, server }: ExplainServerResponse): Fact[] {
  if (leaseHolding === undefined) return [];
  const { text, until, goneBy, holder } = leaseHolding;
  const left = printBetween(server?.asOf, until);
  const gone = printBetween(server?.asOf, goneBy);
  const bound =
    until === undefined ? "" : `; not renewed it ends in ${left}, its channels are gone in ${gone}`;
  return [
    ["lease", `${text}${bound}`],
    ["holder", holder === "" ? "-" : holder],
  ];
}

function adviceFacts({ advice, server }: ExplainServerResponse): Fact[] {
  if (advice === undefined) return [];
  const { advised, samples } = advice;
  const threshold = printTime(server?.threshold);
  if (advised === undefined) return [["threshold", `${threshold}; no advice by ${samples} gaps`]];
  const lease = advised.lease === undefined ? "" : ` with a lease of ${printTime(advised.lease)}`;
  const choice = `${printTime(advised.threshold)}${lease}`;
  const more = `hot-backup advice ${server?.serverId ?? "SERVER"}`;
  return [["threshold", `${threshold}; advised by ${samples} gaps: ${choice} (${more})`]];
}

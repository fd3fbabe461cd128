// Watched servers as lines: whose word it is and as of when, a table, and what is special.

import type { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { printBetween, printDuration, printInstant } from "./ages.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { readyWord } from "./readiness-words.ts";
import { leaseWord, serverNotes, stateWord } from "./server-words.ts";
import { printTable, type Row } from "./table.ts";
import { assignmentWord } from "./words.ts";

export const serverHeading = [
  "SERVER",
  "STATE",
  "FOR",
  "ASSIGNED",
  "TERM",
  "LEASE",
  "LAST GOOD",
  "READY",
] as const;

/** All of it. `address` is the monitor's. */
export function printServers(
  servers: readonly Server[],
  { paint, address }: { paint: Paint; address: string },
): string[] {
  const asOf = printInstant(servers[0]?.asOf);
  return [
    paint("quiet", `as of ${asOf} by the monitor at ${address}`),
    ...printTable(serverHeading, servers.map(serverRow), paint),
    ...servers.flatMap(serverNotes).map((note) => paint("warning", printable(note))),
  ];
}

function serverRow(server: Server): Row {
  return [
    server.serverId,
    stateWord(server),
    printBetween(server.changedAt, server.asOf),
    assignmentWord(server.assignment),
    String(server.term),
    leaseWord(server),
    server.sinceGood === undefined ? "-" : `${printDuration(server.sinceGood)} ago`,
    readyWord(server),
  ];
}

// The backup's own work, untouched by any failover: every second it counts what the channels have
// delivered and writes a summary.
//
//   node reports.ts     with EXCHANGE_FOLDER and HOT_BACKUP_SERVER

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openWitness } from "./witness.ts";

const intervalMs = 1000;
const channels = ["orders", "invoices"];

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const folder = process.env["EXCHANGE_FOLDER"] ?? "exchange";
const server = process.env["HOT_BACKUP_SERVER"] ?? "alone";

using witness = openWitness(join(folder, "witness"), { channel: "reports", server, term: 0n });
mkdirSync(join(folder, "reports"), { recursive: true });
const summaries = new Map(channels.map((name) => [name, { count: 0, totalCents: 0 }]));
const counted = new Set<string>();

while (!stop.signal.aborted) {
  for (const [channel, summary] of summaries) addNew(channel, summary);
  const draft = join(folder, "reports", ".summary.json");
  writeFileSync(draft, `${JSON.stringify(Object.fromEntries(summaries), null, 2)}\n`);
  renameSync(draft, join(folder, "reports", "summary.json"));
  witness.unit("summary.json", "written");
  await pause(intervalMs, undefined, { signal: stop.signal }).catch(() => undefined);
}

function addNew(channel: string, summary: { count: number; totalCents: number }): void {
  const outbox = join(folder, channel, "outbox");
  if (!existsSync(outbox)) return;
  for (const name of readdirSync(outbox)) {
    const file = join(outbox, name);
    if (counted.has(file)) continue;
    counted.add(file);
    const result = readResult(file);
    if (result === undefined) continue;
    summary.count += 1;
    summary.totalCents += Number("totalCents" in result ? result.totalCents : 0);
  }
}

// Undefined for what is no result: the outbox belongs to others, who may put something else there
// or fetch a result at this very instant.
function readResult(file: string): object | undefined {
  try {
    const result: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof result === "object" && result !== null ? result : undefined;
  } catch {
    return undefined;
  }
}

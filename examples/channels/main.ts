// A channel as a program: a listener takes XML files from an inbox, a process flow validates and
// transforms them, an emitter delivers JSON to an outbox. Of Hot Backup it knows two environment
// variables and one rule: it works under its term, and ends when a later term is there.
//
//   node main.ts orders|invoices
//   EXCHANGE_FOLDER     folder that all servers share
//   HOT_BACKUP_SERVER   who runs it       HOT_BACKUP_TERM   under which term

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Exchange, Fenced, openExchange } from "./exchange.ts";
import type { Flow, FlowResult } from "./flow.ts";
import { openWitness, type Witness } from "./witness.ts";

/**
 * The inbox may be on storage that another machine writes to, where the kernel announces nothing.
 */
const scanIntervalMs = 20;

const fencedExitCode = 3;

async function main(): Promise<void> {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  const channel = process.argv[2] ?? "orders";
  const folder = process.env["EXCHANGE_FOLDER"] ?? "exchange";
  const server = process.env["HOT_BACKUP_SERVER"] ?? "alone";
  const given = process.env["HOT_BACKUP_TERM"];
  const term = given === undefined ? undefined : BigInt(given);

  // First of all: from here on this process counts as a runner.
  using witness = openWitness(join(folder, "witness"), { channel, server, term: term ?? 0n });
  const exchange = openExchange(join(folder, channel), term);
  sayReady(join(folder, "ready"), `${channel}.${server}`);
  // Loading XPath takes longer than all of the above, and a takeover should not wait for it. It
  // leaves no time for anything else, so somebody else must see this run meanwhile.
  await witness.keepSeen();
  const { createFlow } = await import("./flow.ts");
  const flow = createFlow(channel);

  while (!stop.signal.aborted) {
    for (const name of exchange.waiting()) {
      processFile(name, { exchange, witness, flow, server });
      // Lets a signal in between two files; a file in hand is always finished.
      await pause(0);
      if (stop.signal.aborted) break;
    }
    await pause(scanIntervalMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

function processFile(
  name: string,
  runner: { exchange: Exchange; witness: Witness; flow: Flow; server: string },
): void {
  const { exchange, witness } = runner;
  const claim = exchange.claim(name);
  if (claim === undefined) return;
  const processedBy = { server: runner.server, term: String(exchange.term), pid: process.pid };
  const outcome: FlowResult = claim.isSound
    ? runner.flow(claim.text)
    : { valid: false, reasons: [claim.reason] };
  if (outcome.valid) {
    exchange.deliver(claim, "outbox", { ...outcome.result, processedBy });
    witness.unit(name, "emitted");
  } else {
    exchange.deliver(claim, "rejected", { reasons: outcome.reasons, processedBy });
    witness.unit(name, "rejected");
  }
}

// The readiness check of channels.yaml asks whether the process in this file lives, so that a file
// left by a run that was killed makes nobody ready.
function sayReady(folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `${process.pid}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Fenced)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = fencedExitCode;
}

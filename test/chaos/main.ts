// npm run chaos -- --rounds N --seed S [--json FILE] [--network namespaces|proxy]: breaks real
// servers and their network at random, and judges what they leave. Exits 1 when a promise was
// broken.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { listenForStop } from "@hot-backup/kit/stop.ts";
import { type Arguments, readArguments, usage } from "./arguments.ts";
import { runCampaign } from "./campaign.ts";
import { findPlace, type Place, readPlace, writePlace } from "./place.ts";
import { printReport, printRound, toReport } from "./report.ts";

const asked = readArguments(process.argv.slice(2));
const place = readPlace(process.env);
if (typeof asked === "string") {
  console.error(`${asked}\n\n${usage}`);
  process.exitCode = 2;
} else if (place === undefined) {
  process.exitCode = await goInside(asked);
} else {
  process.exitCode = await play(asked, place);
}

/** This very program again, where it may make machines and disks. Returns its exit code. */
async function goInside({ network }: Arguments): Promise<number> {
  const { place: found, launcher } = findPlace(network);
  const disks = found.hasDisks ? "disks that can be filled" : "no disks to fill";
  console.log(`network: ${found.network} (${found.because}); ${disks}`);
  const [program = "", ...words] = [...launcher, process.execPath, ...process.argv.slice(1)];
  const child = spawn(program, words, {
    stdio: "inherit",
    env: { ...process.env, ...writePlace(found) },
  });
  // Ctrl-C reaches the one inside by itself, and this one waits for it.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

async function play({ seed, rounds, json, protection }: Arguments, inside: Place): Promise<number> {
  const startMs = performance.now();
  const onRound = (round: Parameters<typeof printRound>[0]) => console.log(printRound(round));
  const stop = listenForStop();
  const result = await runCampaign({ place: inside, seed, rounds, protection, stop, onRound });
  const durationSeconds = (performance.now() - startMs) / 1000;
  const report = toReport(result, { place: inside, seed, durationSeconds });
  console.log(`\n${printReport(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  return report.violations.length === 0 && report.rounds === rounds ? 0 : 1;
}

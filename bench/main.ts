// Measures the product beside its goals, on real processes. See README.md for how.
//
//   npm run bench                     everything, some five minutes
//   npm run bench -- --only a,c       some of it
//   npm run bench -- --json FILE      the figures as JSON too

import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { measureHeartbeatCost } from "./heartbeat-cost.ts";
import { measureOneCore } from "./one-core.ts";
import { measureReaction } from "./reaction.ts";
import { isReached, type Measurement, printMeasurement } from "./report.ts";

const measures: Readonly<Record<string, () => Promise<Measurement>>> = {
  a: measureReaction,
  b: measureHeartbeatCost,
  c: measureOneCore,
};

const { values } = parseArgs({
  options: { json: { type: "string" }, only: { type: "string", default: "a,b,c" } },
});
const chosen = values.only.split(",");
const unknown = chosen.filter((letter) => !(letter in measures));
if (unknown.length > 0) {
  console.error(`--only: no such measurement: ${unknown.join(", ")}`);
  process.exit(2);
}

const machine = {
  processor: cpus()[0]?.model ?? "unknown",
  processors: cpus().length,
  kernel: release(),
  node: process.version,
};
console.log(
  `${machine.processors} x ${machine.processor}, Linux ${machine.kernel}, Node ${machine.node}\n`,
);
const measurements: Measurement[] = [];
for (const letter of chosen) {
  const measurement = await measures[letter]?.();
  if (measurement === undefined) continue;
  measurements.push(measurement);
  console.log(`${printMeasurement(measurement)}\n`);
}
const ok = measurements.every(isReached);
console.log(ok ? "Every goal is reached." : "A goal is missed.");
if (values.json !== undefined) {
  const at = new Date().toISOString();
  writeFileSync(values.json, `${JSON.stringify({ ok, at, machine, measurements }, null, 2)}\n`);
}
// Clients that are closed still hold timers of their reconnects for a while.
process.exit(0);

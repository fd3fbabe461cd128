// The feeder of the demonstration: four files a second for the sample channels, whatever happens to
// the servers. When it is stopped it tells how many it has fed, and from which number on.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startFeeder } from "@hot-backup/testbed/feeder.ts";

const exchangeFolder = "/exchange";
const perSecond = 4;

const firstNumber = 1 + Math.max(lastNumber("orders"), lastNumber("invoices"));
const feeder = startFeeder(exchangeFolder, perSecond, { firstNumber });
process.stdout.write(`Feeding from number ${firstNumber} on\n`);

await new Promise((resolve) => {
  process.once("SIGTERM", resolve);
});
feeder[Symbol.dispose]();
const { orders, invoices } = feeder.fed;
const fed = { firstNumber, orders: orders.length, invoices: invoices.length };
process.stdout.write(`${JSON.stringify(fed)}\n`);

// The highest number under which anything lies in the folders of a channel, whatever became of it.
function lastNumber(channel: string): number {
  const folder = join(exchangeFolder, channel);
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(0, ...names.map((name) => Number(/-(\d+)\.(?:xml|json)$/.exec(name)?.[1] ?? 0)));
}

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judge, readRuns } from "@hot-backup/testbed/evidence.ts";
import { type Feeder, startFeeder } from "@hot-backup/testbed/feeder.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { afterEach, beforeEach, expect, test } from "vitest";

const withinMs = 15_000;

let folder = "";
let feeder: Feeder;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "channel-"));
  feeder = startFeeder(folder, 60);
});
afterEach(async () => {
  feeder[Symbol.dispose]();
  for (const child of children.splice(0)) await end(child, "SIGKILL");
  rmSync(folder, { recursive: true });
});

function run(term: number): ChildProcess {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "orders"], {
    env: { EXCHANGE_FOLDER: folder, HOT_BACKUP_SERVER: `s${term}`, HOT_BACKUP_TERM: `${term}` },
    stdio: "ignore",
  });
  children.push(child);
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await ended;
  }
  return child.exitCode;
}

function verdict() {
  return judge(folder, { orders: feeder.fed.orders });
}

async function untilProcessed(count: number): Promise<void> {
  await waitFor(`${count} results`, () => verdict().processed >= count, { withinMs });
}

test("a program killed anywhere, again and again, loses nothing and doubles nothing", async () => {
  for (let term = 1; term <= 6; term += 1) {
    const before = verdict().processed;
    const child = run(term);
    // Killed as soon as it works: some other line of the program in every round.
    await untilProcessed(before + term);
    await end(child, "SIGKILL");
  }
  run(7);
  feeder[Symbol.dispose]();
  await untilProcessed(feeder.fed.orders.length);
  expect(verdict()).toMatchObject({ lost: [], duplicated: [], overlaps: [] });
});

test("poison in the inbox is rejected, and the program goes on", async () => {
  const child = run(1);
  const inbox = join(folder, "orders", "inbox");
  writeFileSync(join(inbox, "0.xml"), '<order id="o" customer="c"><line quantity="abc"/></order>');
  const reasons = join(folder, "orders", "rejected", "0.json");
  await waitFor("the rejection", () => existsSync(reasons), { withinMs });
  await untilProcessed(verdict().processed + 3);
  expect(child.exitCode).toBeNull();
});

test("a program that is asked to stop finishes its file and ends with 0", async () => {
  const child = run(1);
  await untilProcessed(3);
  expect(await end(child, "SIGTERM")).toBe(0);
  expect(readRuns(folder)).toMatchObject([{ stoppedInOrder: true }]);
  expect(verdict().duplicated).toEqual([]);
});

test("an older term ends by itself when a later one begins, and the overlap is seen", async () => {
  const older = run(1);
  await untilProcessed(1);
  run(2);
  await waitFor("the older one to end", () => older.exitCode !== null, { withinMs });
  expect(older.exitCode).toBe(3);
  expect(verdict().overlaps).toMatchObject([{ first: { term: 1n }, second: { term: 2n } }]);
});

// Beds that know nothing of each other, and beds whose keeper dies.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { listProcesses, readCommandLine, readEnvironment } from "@hot-backup/testbed/processes.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { expect, test } from "vitest";
import { openBed, untilRunningOn, untilSignals, watchedServer, withinMs } from "./bed.fixture.ts";

test("a failover in one bed is nothing to another bed beside it", async () => {
  // Long enough that two beds on a busy machine lose nothing but what is taken from them.
  const server = watchedServer({ threshold: "4s" });
  await using one = await openBed(server);
  await using other = await openBed(server);
  await one.servers.primary.kill();
  expect(await untilSignals(one, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(one, "backup");
  await untilRunningOn(other, "primary");
  expect(await untilSignals(other, 1)).toEqual(["LIVE"]);
});

test("npm start ends in good order on Ctrl-C and leaves nothing behind", async () => {
  const { child, output } = await startServers();
  const folder = await runningFolder(output);
  child.kill("SIGINT");
  expect(await ended(child)).toBe(0);
  expect(await remaining(folder)).toEqual([]);
});

test("npm start that is killed leaves nothing behind", async () => {
  const { child, output } = await startServers();
  const folder = await runningFolder(output);
  child.kill("SIGKILL");
  await ended(child);
  expect(await remaining(folder)).toEqual([]);
});

async function startServers(): Promise<{ child: ChildProcess; output: () => string }> {
  const main = fileURLToPath(new URL("../../demo/start.ts", import.meta.url));
  const portBase = await choosePortBase();
  const child = spawn(process.execPath, [main, "--port-base", String(portBase)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes) => (text += String(bytes)));
  return { child, output: () => text };
}

// The 125 ports above the base belong to the bed; whoever else chooses at random is unlikely to
// meet them.
async function choosePortBase(): Promise<number> {
  const [port = 0] = await chooseFreePorts(1);
  return port;
}

// The folder of the run, as soon as its channels run.
async function runningFolder(output: () => string): Promise<string> {
  return waitFor(
    `the channels to run:\n${output()}`,
    () => {
      const [, folder] = /data +(\S+)/.exec(output()) ?? [];
      return output().includes("invoices on primary-1") && folder;
    },
    { withinMs },
  );
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    child.once("exit", resolve);
  });
}

// Channels carry the exchange folder in their environment, services their configuration as
// argument.
function processesOf(folder: string): number[] {
  return listProcesses()
    .map((each) => each.pid)
    .filter((pid) => {
      const exchange = readEnvironment(pid).get("EXCHANGE_FOLDER") ?? "";
      return `${exchange} ${readCommandLine(pid)}`.includes(folder);
    });
}

// What is still there when everything has had its time to end.
async function remaining(folder: string): Promise<number[]> {
  const isOver = () => processesOf(folder).length === 0;
  await waitFor(`nothing of ${folder} to run`, isOver, { withinMs }).catch(() => undefined);
  return processesOf(folder);
}

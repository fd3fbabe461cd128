// Ports that nobody uses, for beds that run side by side.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Example, listExamplePorts } from "./config-folder.ts";
import { isRunning } from "./processes.ts";

/**
 * Below the range from which the kernel takes ports for outgoing connections, so that no connection
 * of anybody takes a port between the choice and its use.
 */
const portMin = 10_000;
const portMax = 32_000;

/** Of which nearly every one succeeds: 22000 ports for a few hundred in use. */
const attemptsMaxPerPort = 20;

/**
 * One file for each port in use, named after it, with the id of the process that has chosen it. A
 * service that is down does not listen: only this keeps its port from the suites beside.
 */
const claimFolder = join(tmpdir(), "hot-backup-testbed-ports");

const claimed = new Set<number>();
process.on("exit", () => {
  for (const port of claimed) rmSync(claimFile(port), { force: true });
});

/**
 * As many different free TCP ports of 127.0.0.1 as asked for, chosen at random. No other bed of
 * this machine is given one of them for as long as this process lives.
 */
export async function chooseFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt += 1) {
    if (attempt === count * attemptsMaxPerPort) throw new Error(`Cannot find ${count} free ports`);
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
    if (!claim(port)) continue;
    if (await isPortFree(port)) ports.add(port);
  }
  return [...ports];
}

/** Moves every port of an example to a free one. */
export async function moveToFreePorts(example: Example): Promise<(port: number) => number> {
  const ports = listExamplePorts(example);
  const free = await chooseFreePorts(ports.length);
  const moved = new Map(ports.map((port, index) => [port, free[index] ?? 0]));
  return (port) => moved.get(port) ?? port;
}

/** Whether a server could listen on 127.0.0.1:port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

// Whether the port was nobody's, and is this process's now.
function claim(port: number): boolean {
  if (claimed.has(port)) return false;
  mkdirSync(claimFolder, { recursive: true });
  const file = claimFile(port);
  try {
    // A process that was killed could not give its ports back.
    if (!isRunning(Number(readFileSync(file, "utf8")))) rmSync(file, { force: true });
  } catch {
    // Nobody has it.
  }
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch {
    return false;
  }
  claimed.add(port);
  return true;
}

function claimFile(port: number): string {
  return join(claimFolder, String(port));
}

// Ports that nobody uses, for beds that run side by side.

import { createServer } from "node:net";
import { type Example, listExamplePorts } from "./config-folder.ts";

/**
 * Below the range from which the kernel takes ports for outgoing connections, so that no connection
 * of anybody takes a port between the choice and its use.
 */
const portMin = 10_000;
const portMax = 32_000;

const attemptsMax = 200;

/** As many different free TCP ports of 127.0.0.1 as asked for, chosen at random. */
export async function chooseFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt += 1) {
    if (attempt === attemptsMax) throw new Error(`Cannot find ${count} free ports`);
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
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

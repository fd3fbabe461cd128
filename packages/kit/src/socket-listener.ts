// What every listener of a service is made of: sockets on each address that a name has, and
// connections within limits, which go through a gate. Knows nothing of what is spoken on them.

import { lookup } from "node:dns/promises";
import {
  createServer,
  isIP,
  type ListenOptions,
  type Server as SocketServer,
  type Socket,
} from "node:net";
import { type ConnectionLimits, Connections } from "./connections.ts";
import { Failure } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { TlsGate } from "./tls-gate.ts";

/** Sockets that are listened on. */
export interface SocketListener {
  /** host:port or unix:/path; the port is the real one where 0 was asked for. */
  readonly address: string;
  readonly connections: Connections;
  /**
   * Takes nothing more, waits for up to `graceMs` until every connection has ended, then cuts what
   * is left. `tellEnd` is called once nothing new comes in.
   */
  close(graceMs: number, tellEnd?: () => void): Promise<void>;
}

/** Between two lines of log about too many connections. */
const crowdedLogMs = 60_000;

/**
 * Listens on every address that "host:port" has, or on "unix:/path". Throws a Failure when it
 * cannot.
 */
export async function listenOnSockets(
  address: string,
  given: {
    /** Gets every connection that is let in, decrypted. */
    letIn(socket: Socket): void;
    readonly openGate: OpenGate | undefined;
    readonly limits: ConnectionLimits;
    readonly log: Logger;
  },
): Promise<SocketListener> {
  const { letIn } = given;
  const gate = given.openGate?.(letIn) ?? { take: letIn, close: () => {} };
  const connections = new Connections(given.limits, tellCrowded(given.log));
  const sockets: SocketServer[] = [];
  try {
    for (const place of await placesOf(address)) {
      // The first one gets a port where any will do, and the others take the same.
      const port = place.port === 0 ? portOf(sockets[0]) : place.port;
      sockets.push(await open(gate, connections, port === undefined ? place : { ...place, port }));
    }
  } catch (error) {
    await closeAll(sockets, connections);
    throw cannotListen(address, error);
  }
  return {
    address: boundAddress(address, sockets[0]),
    connections,
    close: async (graceMs, tellEnd = () => {}) => {
      const cut = setTimeout(() => connections.cutAll(), graceMs);
      const closed = Promise.all(sockets.map(close));
      gate.close();
      tellEnd();
      await closed;
      clearTimeout(cut);
      connections[Symbol.dispose]();
    },
  };
}

/** Makes the gate that lets connections in. */
export type OpenGate = (letIn: (socket: Socket) => void) => TlsGate;

function open(
  gate: TlsGate,
  connections: Connections,
  place: ListenOptions,
): Promise<SocketServer> {
  const sockets = createServer((socket) => {
    // Whatever breaks a connection is told by the calls on it.
    socket.on("error", () => {});
    if (connections.admit(socket)) gate.take(socket);
  });
  return new Promise((resolve, reject) => {
    sockets.once("error", reject);
    sockets.listen(place, () => {
      sockets.off("error", reject);
      // One connection that could not be taken is no reason to stop.
      sockets.on("error", () => {});
      resolve(sockets);
    });
  });
}

async function placesOf(address: string): Promise<readonly ListenOptions[]> {
  if (address.startsWith("unix:")) return [{ path: address.slice("unix:".length) }];
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(address.slice(colon + 1));
  if (isIP(host) !== 0) return [{ host, port }];
  const found = await lookup(host, { all: true });
  const hosts = new Set(found.map((each) => each.address));
  return [...hosts].map((each) => ({ host: each, port }));
}

function portOf(sockets: SocketServer | undefined): number | undefined {
  const bound = sockets?.address();
  return typeof bound === "object" && bound !== null ? bound.port : undefined;
}

function boundAddress(address: string, sockets: SocketServer | undefined): string {
  if (address.startsWith("unix:")) return address;
  return `${address.slice(0, address.lastIndexOf(":"))}:${portOf(sockets) ?? 0}`;
}

async function closeAll(sockets: readonly SocketServer[], connections: Connections): Promise<void> {
  const closed = Promise.all(sockets.map(close));
  connections[Symbol.dispose]();
  await closed;
}

function close(sockets: SocketServer): Promise<void> {
  return new Promise((resolve) => {
    sockets.close(() => resolve());
  });
}

function cannotListen(address: string, error: unknown): Failure {
  const why = error instanceof Error ? error.message : String(error);
  return new Failure("unavailable", {
    message: `Cannot listen on ${address}: ${why}`,
    reason: "CANNOT_LISTEN",
    cause: error,
  });
}

function tellCrowded(log: Logger): ConstructorParameters<typeof Connections>[1] {
  let quietUntilMs = 0;
  return (counts) => {
    const nowMs = performance.now();
    if (nowMs < quietUntilMs) return;
    quietUntilMs = nowMs + crowdedLogMs;
    log.warn(counts, "Too many connections");
  };
}

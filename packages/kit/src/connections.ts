// The connections of one server, bounded in number and in idleness: who only connects and asks for
// nothing costs memory and a file, and must never keep out who has something to ask.

import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { Family } from "./metric-family.ts";

/** Bounds of what clients may hold open. */
export interface ConnectionLimits {
  /** Most connections at once. A further one takes the place of the longest idle. */
  readonly connectionsMax: number;
  /** How long a connection may be open without a call before it is closed. */
  readonly idleMs: number;
  /** How long a client may take to leave once it was told that its connection is closed. */
  readonly lingerMs: number;
  /**
   * How long a client that streams may take until its first message: until then its connection
   * counts as in use, although nothing was asked on it.
   */
  readonly firstMessageMs: number;
}

/** Files that a service keeps for itself: stores, logs, channels, connections to others. */
const filesKept = 2000;

/**
 * A monitor may watch 10,000 servers, with a stream each; the rest is for people, targets and those
 * who come back before their old connection is known to be gone.
 */
const connectionsWanted = 12_000;

/** The limits of a service on this machine. */
export const connectionLimits: ConnectionLimits = {
  connectionsMax: Math.max(100, Math.min(connectionsWanted, readFilesMax() - filesKept)),
  idleMs: 120_000,
  lingerMs: 5_000,
  firstMessageMs: 30_000,
};

/** What was done to connections so far, for the log. */
export interface ConnectionCounts {
  /** Closed while idle, to make room. */
  readonly displaced: number;
  /** Turned away, because every other one was in use. */
  readonly refused: number;
}

interface Connection {
  readonly socket: Socket;
  calls: number;
  idleSinceMs: number;
}

/** Connections by peer, with the calls that each one carries. */
export class Connections implements Disposable {
  readonly #limits: ConnectionLimits;
  readonly #onCrowded: (counts: ConnectionCounts) => void;
  readonly #sweeper: NodeJS.Timeout;
  readonly #sockets = new Set<Socket>();
  readonly #byPeer = new Map<string, Connection>();
  /** Those without a call, the longest idle first. */
  readonly #idle = new Set<Connection>();
  #counts: ConnectionCounts = { displaced: 0, refused: 0 };

  /** `onCrowded` hears of every connection that was displaced or refused. */
  constructor(limits: ConnectionLimits, onCrowded: (counts: ConnectionCounts) => void) {
    this.#limits = limits;
    this.#onCrowded = onCrowded;
    this.#sweeper = setInterval(() => this.#sweep(), limits.idleMs / 4).unref();
  }

  /** Whether a new connection is taken. One that is not has been destroyed. */
  admit(socket: Socket): boolean {
    if (this.#sockets.size >= this.#limits.connectionsMax && !this.#makeRoom()) {
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // On a path of this machine peers have no address: they are counted, and not told apart.
    if (socket.remoteAddress !== undefined) this.#note(peerOf(socket), socket);
    return true;
  }

  /** A call has come from a peer ("address:port"). Returns what is to be done when it is over. */
  begin(peer: string): () => void {
    const connection = this.#byPeer.get(peer);
    if (connection === undefined) return () => {};
    connection.calls += 1;
    this.#idle.delete(connection);
    return () => {
      connection.calls -= 1;
      if (connection.calls > 0 || this.#byPeer.get(peer) !== connection) return;
      connection.idleSinceMs = performance.now();
      this.#idle.add(connection);
    };
  }

  /** How many are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** How many may be. */
  get most(): number {
    return this.#limits.connectionsMax;
  }

  get counts(): ConnectionCounts {
    return this.#counts;
  }

  /** Cuts every connection at once. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweeper);
    this.cutAll();
  }

  #note(peer: string, socket: Socket): void {
    const connection = { socket, calls: 0, idleSinceMs: performance.now() };
    this.#byPeer.set(peer, connection);
    this.#idle.add(connection);
    socket.once("close", () => {
      this.#idle.delete(connection);
      // The next connection from the same port may have come already.
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  #makeRoom(): boolean {
    const [longest] = this.#idle;
    const { displaced, refused } = this.#counts;
    this.#counts =
      longest === undefined
        ? { displaced, refused: refused + 1 }
        : { displaced: displaced + 1, refused };
    if (longest !== undefined) this.#cut(longest);
    this.#onCrowded(this.#counts);
    return longest !== undefined;
  }

  // The server has said good-bye when the idle time was over: what is left does not listen.
  #sweep(): void {
    const { idleMs, lingerMs } = this.#limits;
    const beforeMs = performance.now() - idleMs - lingerMs;
    for (const connection of this.#idle) {
      if (connection.idleSinceMs > beforeMs) return;
      this.#cut(connection);
    }
  }

  #cut(connection: Connection): void {
    this.#idle.delete(connection);
    this.#sockets.delete(connection.socket);
    connection.socket.destroy();
  }
}

/** What is told of the connections of a gRPC server. */
export function connectionFamilies(connections: Connections): readonly Family[] {
  return [
    {
      type: "gauge",
      name: "hot_backup_connections_open",
      help: "Connections that clients have open to this service",
      read: () => [{ value: connections.open }],
    },
    {
      type: "gauge",
      name: "hot_backup_connections_max",
      help: "Most connections at once; beyond it the longest idle one makes room",
      read: () => [{ value: connections.most }],
    },
    {
      type: "counter",
      name: "hot_backup_connections_crowded_total",
      help: "Connections that were displaced while idle, or refused, because there were too many",
      labels: ["outcome"],
      read: () => [
        { labels: ["displaced"], value: connections.counts.displaced },
        { labels: ["refused"], value: connections.counts.refused },
      ],
    },
  ];
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

// What the kernel lets this process open. Source: proc_pid_limits(5).
function readFilesMax(): number {
  const line = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return line === null ? Number.POSITIVE_INFINITY : Number(line[1]);
}

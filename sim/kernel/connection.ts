// A stream between two processes over one TCP connection: messages arrive in order or not at all,
// and an end is told only while the network lets it through.

import type { Network } from "./network.ts";
import type { Process } from "./process.ts";

/** What the two ends of a stream do with what comes. An end is told once, and last. */
export interface Listener<Up, Down> {
  /** At the server. */
  heard(message: Up): void;
  /** At the client. */
  answered(message: Down): void;
  /** At the server: something has come in while it stands still, or is read now. */
  waits?(isUnread: boolean): void;
  /** At the server: the client is gone. */
  left(): void;
  /** At the client: the server has ended the stream, or is gone. */
  ended(because: string): void;
}

export class Connection<Up, Down> {
  readonly client: Process;
  readonly server: Process;
  readonly #network: Network;
  readonly #clientLife: number;
  readonly #serverLife: number;
  readonly #listener: Listener<Up, Down>;
  readonly #onDeath = () => this.#lose();
  #upAtMs = 0;
  #downAtMs = 0;
  #isClientOpen = true;
  #isServerOpen = true;

  constructor(
    network: Network,
    ends: { client: Process; server: Process },
    listener: Listener<Up, Down>,
  ) {
    this.#network = network;
    this.client = ends.client;
    this.server = ends.server;
    this.#clientLife = ends.client.life;
    this.#serverLife = ends.server.life;
    this.#listener = listener;
    ends.client.deathListeners.add(this.#onDeath);
    ends.server.deathListeners.add(this.#onDeath);
  }

  get isServerOpen(): boolean {
    return this.#isServerOpen;
  }

  sendUp(message: Up): void {
    if (!this.#isClientOpen || !isSameLife(this.client, this.#clientLife)) return;
    this.#up(() => {
      if (this.#isServerOpen) this.#listener.heard(message);
    });
  }

  sendDown(message: Down): void {
    if (!this.#isServerOpen || !isSameLife(this.server, this.#serverLife)) return;
    this.#down(() => {
      if (this.#isClientOpen) this.#listener.answered(message);
    });
  }

  /** The client leaves. The server hears of it when the network lets it. */
  leave(): void {
    if (!this.#isClientOpen) return;
    this.#isClientOpen = false;
    this.#forget();
    this.#up(() => {
      if (!this.#isServerOpen) return;
      this.#isServerOpen = false;
      this.#listener.left();
    });
  }

  /** The server ends it. The client hears of it when the network lets it. */
  end(because: string): void {
    if (!this.#isServerOpen) return;
    this.#isServerOpen = false;
    this.#forget();
    this.#down(() => {
      if (!this.#isClientOpen) return;
      this.#isClientOpen = false;
      this.#listener.ended(because);
    });
  }

  /** Something on the way resets it: both ends hear of it. */
  reset(): void {
    this.#forget();
    if (this.#isClientOpen) {
      this.#isClientOpen = false;
      this.client.take(this.#clientLife, () => this.#listener.ended("the connection was reset"));
    }
    if (this.#isServerOpen) {
      this.#isServerOpen = false;
      this.server.take(this.#serverLife, () => this.#listener.left());
    }
  }

  // A process has ended: its kernel says so to the other end, unless the machine went with it.
  #lose(): void {
    const isServerGone = !isSameLife(this.server, this.#serverLife);
    if (isServerGone && this.server.machine.isOn) this.end("the server is gone");
    const isClientGone = !isSameLife(this.client, this.#clientLife);
    if (isClientGone && this.client.machine.isOn) this.leave();
  }

  #forget(): void {
    this.client.deathListeners.delete(this.#onDeath);
    this.server.deathListeners.delete(this.#onDeath);
  }

  #up(deliver: () => void): void {
    const { client, server } = this;
    const pass = () => {
      const link = this.#network.link(client.machine, server.machine);
      if (link.isCut) link.waiting.push(pass);
      else if (isSameLife(server, this.#serverLife)) this.#reach(deliver);
      else if (server.machine.isOn) this.end("the server knows nothing of it");
    };
    this.#upAtMs = this.#arrivalMs(this.#upAtMs, [client, server]);
    this.#network.schedule.at(this.#upAtMs, pass);
  }

  #reach(deliver: () => void): void {
    const { server } = this;
    const listener = this.#listener;
    if (server.isActive || listener.waits === undefined) {
      return server.take(this.#serverLife, deliver);
    }
    listener.waits(true);
    server.take(this.#serverLife, () => {
      listener.waits?.(false);
      deliver();
    });
  }

  #down(deliver: () => void): void {
    const { client, server } = this;
    const pass = () => {
      const link = this.#network.link(server.machine, client.machine);
      if (link.isCut) link.waiting.push(pass);
      else if (isSameLife(client, this.#clientLife)) client.take(this.#clientLife, deliver);
      else if (client.machine.isOn) this.leave();
    };
    this.#downAtMs = this.#arrivalMs(this.#downAtMs, [server, client]);
    this.#network.schedule.at(this.#downAtMs, pass);
  }

  // Nothing overtakes on one stream.
  #arrivalMs(lastMs: number, [from, to]: readonly [Process, Process]): number {
    const { schedule } = this.#network;
    return Math.max(lastMs, schedule.nowMs + this.#network.delayMs(from.machine, to.machine));
  }
}

function isSameLife(process: Process, life: number): boolean {
  return process.isRunning && process.life === life;
}

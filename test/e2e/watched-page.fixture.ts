// What a page of the console knows: it reads the stream of events, and keeps the newest of each
// view.

import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { withinMs } from "./bed.fixture.ts";

/** Parsed JSON, which a test reads as it expects it to be. */
export type Json = ReturnType<typeof JSON.parse>;

/** What a page knows from the stream of events. */
export class WatchedPage implements Disposable {
  readonly response: IncomingMessage;
  /** The newest views, by "kind/key of the view". */
  readonly #views = new Map<string, Map<string, Json>>();
  #events = 0;
  #heardAtMs = performance.now();

  constructor(response: IncomingMessage) {
    this.response = response;
    createInterface({ input: response }).on("line", (line) => {
      if (line.startsWith("data: ")) this.#take(JSON.parse(line.slice("data: ".length)));
    });
  }

  get events(): number {
    return this.#events;
  }

  /** Since the last event. */
  get silenceMs(): number {
    return performance.now() - this.#heardAtMs;
  }

  /** The views of a kind, in no order. */
  views(kind: string): readonly Json[] {
    return [...(this.#views.get(kind)?.values() ?? [])];
  }

  /** Waits until a view of a kind is as expected, and returns it. */
  until(kind: string, isMeant: (view: Json) => boolean, boundMs = withinMs): Promise<Json> {
    return waitFor(`${kind} as meant`, () => this.views(kind).find(isMeant) as unknown, {
      withinMs: boundMs,
      everyMs: 5,
    });
  }

  /** Waits until a source is up, or down. */
  untilSource(service: string, server: string, isUp: boolean): Promise<Json> {
    return this.until("sources", (each) => {
      return each.service === service && each.server === server && each.isUp === isUp;
    });
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }

  #take({ kind, nowMs, lifeId, gone, ...views }: Json): void {
    this.#events += 1;
    this.#heardAtMs = performance.now();
    if (kind === "snapshot") this.#views.clear();
    for (const [name, list] of Object.entries(views)) {
      const known = this.#views.get(name) ?? new Map<string, Json>();
      this.#views.set(name, known);
      for (const view of list as Json[]) known.set(keyOf(name, view), view);
    }
    for (const [name, keys] of Object.entries(gone ?? {})) {
      for (const key of keys as string[]) this.#views.get(name)?.delete(key);
    }
  }
}

function keyOf(kind: string, view: Json): string {
  const last = { signals: view.signalId, channels: view.name }[kind] ?? view.serverId;
  if (kind === "sources") return `${view.service}/${view.server}`;
  return kind === "mails" || kind === "heartbeats" ? view.toldBy : `${view.toldBy}/${last}`;
}

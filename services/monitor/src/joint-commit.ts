// Decisions of many servers in one transaction of the journal: hundreds of servers are released at
// once when a monitor stops, and come back at once when it starts.

import { AssertionError } from "node:assert";
import type { Moment, ServerEvent } from "./core/server-event.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { MonitorParts } from "./parts.ts";
import type { HistoryEntry, Timer } from "./ports.ts";
import type { ServerLoop } from "./server-loop.ts";

/** How long a record may be ahead of the journal, and the pause before another attempt. */
const lateMs = 1000;

/** A step that is not stored yet, to be stored together with those of other servers. */
export interface Prepared {
  readonly record: ServerRecord;
  readonly history: readonly HistoryEntry[];
  /** To be called once both are durable. */
  apply(): void;
}

/**
 * Applies one event to each of these servers, all of it in one transaction. Returns the servers
 * that took it: none when nothing could be stored.
 */
export function takeJointly(
  parts: Pick<MonitorParts, "journal" | "log">,
  events: ReadonlyMap<ServerLoop, ServerEvent>,
): readonly ServerLoop[] {
  const prepared: (readonly [ServerLoop, Prepared])[] = [];
  for (const [server, event] of events) {
    const each = server.prepare(event);
    if (each !== undefined) prepared.push([server, each]);
  }
  if (prepared.length === 0) return [];
  const records = prepared.map(([, { record }]) => record);
  const history = prepared.flatMap(([, each]) => each.history);
  try {
    parts.journal.commit({ servers: records, signals: [], runs: [], history });
  } catch (error) {
    if (error instanceof AssertionError) throw error;
    parts.log.error({ err: error }, "Cannot store decisions about servers: nothing is done");
    return [];
  }
  for (const [, { apply }] of prepared) apply();
  return prepared.map(([server]) => server);
}

/**
 * Servers whose release has ended although the journal still has it. It may: a monitor that starts
 * from there only waits longer than it would have to. Must be disposed.
 */
export class EndedReleases implements Disposable {
  readonly #parts: Pick<MonitorParts, "clock" | "journal" | "log" | "timers">;
  readonly #servers = new Set<ServerLoop>();
  #timer: Timer | undefined;

  constructor(parts: Pick<MonitorParts, "clock" | "journal" | "log" | "timers">) {
    this.#parts = parts;
  }

  add(server: ServerLoop): void {
    this.#servers.add(server);
    this.#timer ??= this.#parts.timers.after(lateMs, () => this.#store());
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#servers.clear();
  }

  #store(): void {
    this.#timer = undefined;
    const { clock, journal, log, timers } = this.#parts;
    const wallMs = clock.wallMs();
    const records = [...this.#servers].map(({ record }) => record);
    const history = records.map(({ serverId, term }): HistoryEntry => {
      return { serverId, wallMs, text: "The release has ended", actor: undefined, term };
    });
    try {
      journal.commit({ servers: records, signals: [], runs: [], history });
      this.#servers.clear();
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      log.error({ err: error }, "Cannot store that releases have ended: trying again");
      this.#timer = timers.after(lateMs, () => this.#store());
    }
  }
}

/** The same instant for many servers. */
export function momentOf({ clock }: Pick<MonitorParts, "clock">): Moment {
  return { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
}

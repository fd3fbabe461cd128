// Notes in the history when a server is heard through a new life of its heartbeat service: it was
// restarted, upgraded or copied. No signal follows from it.

import type { ServerRecord } from "./core/server-record.ts";
import type { MonitorParts } from "./parts.ts";

export class ServerLives {
  readonly #parts: Pick<MonitorParts, "journal" | "clock" | "log">;
  /** The life heard last, by server id: bounded by the servers that are watched. */
  readonly #lives = new Map<string, string>();

  constructor(parts: Pick<MonitorParts, "journal" | "clock" | "log">) {
    this.#parts = parts;
  }

  /** To be called once for each stream of a watched server, never for each heartbeat. */
  note({ serverId, term }: ServerRecord, lifeId: string): void {
    if (lifeId === "") return;
    const before = this.#lives.get(serverId);
    this.#lives.set(serverId, lifeId);
    // After a start of the monitor it is not known whether the life that is heard is a new one.
    if (before === undefined || before === lifeId) return;
    const { journal, clock, log } = this.#parts;
    const text = "A new life of the heartbeat service is heard";
    const entry = { serverId, wallMs: clock.wallMs(), text, actor: undefined, term };
    try {
      journal.commit({ servers: [], signals: [], runs: [], history: [entry] });
    } catch (error) {
      // The heartbeats of the new life are worth more than the line about it.
      log.warn({ err: error, serverId }, "Cannot note a new life of a heartbeat service");
    }
  }
}

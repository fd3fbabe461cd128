// Notes in the history when a server is heard through a new life of its heartbeat service: it was
// restarted, upgraded or copied. A life that comes back after another was heard has never ended:
// two services of one server take the stream from each other, and people are told. No signal
// follows.

import { freshMs, LogLimit } from "@hot-backup/kit/log-limit.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { MonitorParts } from "./parts.ts";
import { historyLine } from "./ports.ts";

/** Lives of one server that are told apart: more than two services by mistake are rare. */
const livesMax = 4;

interface Heard {
  /** The one heard last comes first. */
  readonly lives: readonly string[];
  /** When a life came back last, by the clock of the monitor. */
  readonly returnedAtMs: number | undefined;
}

export class ServerLives {
  readonly #parts: Pick<MonitorParts, "journal" | "clock" | "log">;
  /** By server id: bounded by the servers that are watched. */
  readonly #heard = new Map<string, Heard>();
  readonly #limit = new LogLimit();

  constructor(parts: Pick<MonitorParts, "journal" | "clock" | "log">) {
    this.#parts = parts;
  }

  /** To be called once for each stream of a watched server, never for each heartbeat. */
  note(record: ServerRecord, lifeId: string): void {
    if (lifeId === "") return;
    const { serverId } = record;
    const before = this.#heard.get(serverId);
    const earlier = before?.lives ?? [];
    if (earlier[0] === lifeId) return;
    const isBack = earlier.includes(lifeId);
    const nowMs = this.#parts.clock.nowMs();
    const lives = [lifeId, ...earlier.filter((each) => each !== lifeId)].slice(0, livesMax);
    const returnedAtMs = isBack ? nowMs : before?.returnedAtMs;
    this.#heard.set(serverId, { lives, returnedAtMs });
    if (isBack) this.#tellTwo(record, nowMs);
    // After a start of the monitor it is not known whether the life that is heard is a new one.
    else if (earlier.length > 0) this.#note(record, "A new life of the heartbeat service is heard");
  }

  /** What people should know of a server's heartbeat services: nothing, or one line. */
  obstaclesOf(serverId: string): readonly string[] {
    const returnedAtMs = this.#heard.get(serverId)?.returnedAtMs;
    const isFresh =
      returnedAtMs !== undefined && this.#parts.clock.nowMs() - returnedAtMs < freshMs;
    return isFresh ? [twoServices] : [];
  }

  #tellTwo(record: ServerRecord, nowMs: number): void {
    if (!this.#limit.mayTell(record.serverId, nowMs)) return;
    this.#parts.log.warn({ serverId: record.serverId }, twoServices);
    this.#note(record, twoServices);
  }

  #note({ serverId, term }: ServerRecord, text: string): void {
    const { journal, clock, log } = this.#parts;
    const entry = historyLine({ serverId, wallMs: clock.wallMs(), text, actor: undefined, term });
    try {
      journal.commit({ servers: [], signals: [], runs: [], history: [entry] });
    } catch (error) {
      // The heartbeats of the new life are worth more than the line about it.
      log.warn({ err: error, serverId }, "Cannot note a new life of a heartbeat service");
    }
  }
}

const twoServices =
  "Two heartbeat services of this server take the stream from each other: stop one of them";

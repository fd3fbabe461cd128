// Tells people of heartbeat streams that are refused, since a clone or a monitor's stranger would
// otherwise only be seen on its own machine (R11, hazard 8): in the log, and in ExplainServer.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import { freshMs, LogLimit } from "@hot-backup/kit/log-limit.ts";

/** Refusals of somebody who should not be there, or is not configured like the other side. */
const strangeReasons: ReadonlySet<string> = new Set([
  "OTHER_HOLDER",
  "OTHER_GROUP",
  "OTHER_PROTECTION",
  "OTHER_SERVER",
  "UNKNOWN_SERVER",
]);

interface Refused {
  readonly atMs: number;
  readonly because: string;
}

/** A stream that tries to speak for a server. */
interface RefusedStream {
  readonly serverId: string;
  /** Whether the server is watched here. */
  readonly isWatched: boolean;
  /** Address and port of the other end. */
  readonly peer: string;
}

export class RefusedStreams {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #log: Pick<Logger, "warn">;
  readonly #limit = new LogLimit();
  /** The last refusal, by server id: bounded by the servers that are watched. */
  readonly #last = new Map<string, Refused>();

  constructor(given: { clock: Pick<Clock, "nowMs">; log: Pick<Logger, "warn"> }) {
    this.#clock = given.clock;
    this.#log = given.log;
  }

  /** Notes why a stream was ended, and that it is a refusal that people must hear of. */
  note(stream: RefusedStream, error: unknown): error is Failure {
    if (!(error instanceof Failure) || !strangeReasons.has(error.reason)) return false;
    const { serverId, isWatched } = stream;
    // Each attempt comes from a port of its own.
    const peer = stream.peer.replace(/:\d+$/, "");
    const atMs = this.#clock.nowMs();
    const why = error.message.replace(`Cannot take heartbeats of server "${serverId}": `, "");
    const because = `Heartbeats from ${peer} are refused: ${why}`;
    if (isWatched) this.#last.set(serverId, { atMs, because });
    const key = JSON.stringify([serverId, error.reason, peer]);
    if (!this.#limit.mayTell(key, atMs)) return true;
    const fields = { serverId, reason: error.reason, peer, because: error.message };
    this.#log.warn(fields, "Heartbeats are refused");
    return true;
  }

  /** What people should know of a server's refused streams: nothing, or one line. */
  obstaclesOf(serverId: string): readonly string[] {
    const last = this.#last.get(serverId);
    const isFresh = last !== undefined && this.#clock.nowMs() - last.atMs < freshMs;
    return isFresh ? [last.because] : [];
  }
}

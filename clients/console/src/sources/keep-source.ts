// Keeps one source connected: follows it, notices within a second when it is silent, tells pages
// that it is up or down and why, and comes back to it with growing pauses.

import { CallFailed } from "@hot-backup/kit/errors.ts";
import { pauseMs } from "@hot-backup/kit/backoff.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { Board } from "../board.ts";
import type { ServiceWord, SourceView } from "../view/source.ts";

/** What every source works with. */
export interface SourceContext {
  readonly board: Board;
  /** Id of the server where the service runs. */
  readonly server: string;
  /** The gateway's monotonic clock. */
  readonly nowMs: () => number;
}

/** A source while it is connected. */
export interface Link {
  /** Aborts when this attempt is over. */
  readonly signal: AbortSignal;
  /** The service has said something. */
  heard(): void;
  /** All that the service knows has been taken in: what the board has of it is true. */
  caughtUp(): void;
}

/**
 * A source is down when it has been silent for so long. Each one says something at least every 300
 * ms, or answers a question of that age within 600 ms.
 */
const silentAfterMs = 950;

/** How long a first word may take: a connection, a handshake, a list of everything. */
const firstWordMs = 3000;

/** A timer that comes so late was kept by the gateway itself: what waits is read first. */
const ownStallMs = 200;

const pauses = { firstMs: 100, maxMs: 1000 };

/** Follows a source until `stop` aborts. Never rejects. */
export async function keepSource(
  context: SourceContext,
  given: {
    service: ServiceWord;
    address: string;
    stop: AbortSignal;
    /** Ends when the link's signal aborts; any other end is a failure of the source. */
    follow(link: Link): Promise<unknown>;
  },
): Promise<void> {
  const { service, address, stop, follow } = given;
  const { board, server, nowMs } = context;
  let view: SourceView = {
    service,
    server,
    address,
    isUp: false,
    sinceMs: nowMs(),
    heardAtMs: undefined,
    problem: "has not been reached yet",
  };
  const tell = (news: Partial<SourceView>) => {
    view = { ...view, ...news };
    board.sources.put(view);
  };
  tell({});
  for (let failures = 0; !stop.aborted;) {
    const attempt = watchOver(nowMs, {
      stop,
      onHeard: (heardAtMs) => (view = { ...view, heardAtMs }),
      onUp: () => {
        failures = 0;
        tell({ isUp: true, sinceMs: nowMs(), problem: undefined });
      },
    });
    const problem = await attempt.run(follow);
    if (stop.aborted) return;
    failures += 1;
    if (view.isUp) tell({ isUp: false, sinceMs: nowMs(), problem });
    else if (view.problem !== problem) tell({ problem });
    await sleep(pauseMs(pauses, failures, Math.random()), stop);
  }
}

// One attempt: ends it when the source is silent.
function watchOver(
  nowMs: () => number,
  given: { stop: AbortSignal; onHeard(heardAtMs: number): void; onUp(): void },
) {
  const { stop, onHeard, onUp } = given;
  const over = new AbortController();
  const endWithStop = () => over.abort();
  stop.addEventListener("abort", endWithStop, { once: true });
  let heardAtMs = nowMs();
  let isUp = false;
  let silence: string | undefined;
  let timer: NodeJS.Timeout;
  const look = (dueMs: number) => {
    const isOwnStall = nowMs() - dueMs > ownStallMs;
    const patienceMs = isUp ? silentAfterMs : firstWordMs;
    const leftMs = isOwnStall ? ownStallMs : heardAtMs + patienceMs - nowMs();
    if (leftMs > 0) return wait(leftMs);
    silence = isUp
      ? `has been silent for ${patienceMs} ms`
      : `has not answered in ${patienceMs} ms`;
    over.abort();
  };
  const wait = (leftMs: number) => {
    const dueMs = nowMs() + leftMs;
    timer = setTimeout(() => look(dueMs), leftMs);
  };
  const link: Link = {
    signal: over.signal,
    heard: () => {
      heardAtMs = nowMs();
      onHeard(heardAtMs);
    },
    caughtUp: () => {
      link.heard();
      if (isUp || over.signal.aborted) return;
      isUp = true;
      onUp();
    },
  };
  return {
    /** Resolves with what went wrong. */
    run: async (follow: (link: Link) => Promise<unknown>): Promise<string> => {
      wait(firstWordMs);
      try {
        await follow(link);
        return silence ?? "has ended the connection";
      } catch (error) {
        return silence ?? describe(error);
      } finally {
        clearTimeout(timer);
        stop.removeEventListener("abort", endWithStop);
        over.abort();
      }
    },
  };
}

function describe(error: unknown): string {
  if (error instanceof CallFailed) return error.message;
  return error instanceof Error ? error.message : String(error);
}

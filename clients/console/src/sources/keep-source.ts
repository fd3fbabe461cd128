// Keeps one source connected: follows it, notices within a second when it is silent, tells pages
// that it is up or down and why, and comes back to it with growing pauses.

import { pauseMs } from "@hot-backup/kit/backoff.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { Board } from "../board.ts";
import type { ServiceWord, SourceView } from "../view/source.ts";
import { attempt, type Link } from "./attempt.ts";

/** What every source works with. */
export interface SourceContext {
  readonly board: Board;
  /** Id of the server where the service runs. */
  readonly server: string;
  /** The gateway's monotonic clock. */
  readonly nowMs: () => number;
}

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
    problem: "it has not been reached yet",
  };
  const tell = (news: Partial<SourceView>) => {
    view = { ...view, ...news };
    board.sources.put(view);
  };
  tell({});
  for (let failures = 0; !stop.aborted;) {
    const problem = await attempt(follow, {
      nowMs,
      stop,
      onHeard: (heardAtMs) => (view = { ...view, heardAtMs }),
      onUp: () => {
        failures = 0;
        tell({ isUp: true, sinceMs: nowMs(), problem: undefined });
      },
    });
    if (stop.aborted) return;
    failures += 1;
    if (view.isUp) tell({ isUp: false, sinceMs: nowMs(), problem });
    else if (view.problem !== problem) tell({ problem });
    await sleep(pauseMs(pauses, failures, Math.random()), stop);
  }
}

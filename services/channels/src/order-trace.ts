// The trace of what an order begins here: the order, and each start of a channel under it. Passed
// on to programs, and told to a tracing system where there is one. Nothing is decided by it.

import { recordSpan } from "@hot-backup/kit/spans.ts";
import {
  childTrace,
  readTraceparent,
  type Trace,
  writeTraceparent,
} from "@hot-backup/kit/trace.ts";
import type { Clock } from "@hot-backup/kit/clock.ts";
import type { ChannelEffect } from "./core/channel-state.ts";
import type { Order } from "./core/orders.ts";

/** What an order is, for people. */
interface Ordered {
  /** "order start" or "order stop". */
  readonly name: string;
  readonly names: readonly string[];
  readonly order: Order | undefined;
}

/** One start of a channel that belongs to a trace. */
export interface StartTrace {
  /** For the program: the start is what it was begun by. */
  readonly traceparent: string;
  /** It is STARTED, or why it is not. Only the first word counts: what comes later is no start. */
  end(error: string): void;
}

/** Carries out an order, which passes the trace context on that it is given. */
export async function traceOrder<Answer extends { results: readonly { error: string }[] }>(
  asked: Trace | undefined,
  ordered: Ordered & { clock: Pick<Clock, "wallMs"> },
  carryOut: (traceparent: string | undefined) => Promise<Answer>,
): Promise<Answer> {
  if (asked === undefined) return carryOut(undefined);
  const trace = childTrace(asked, ordered.name);
  const { clock, name } = ordered;
  const span = { trace, parent: asked, name, kind: "server", beganMs: clock.wallMs() } as const;
  const attributes = attributesOf(ordered.order, { "hot_backup.names": ordered.names.join(" ") });
  const end = (error: string) =>
    recordSpan({ ...span, attributes, error, endedMs: clock.wallMs() });
  try {
    const answer = await carryOut(writeTraceparent(trace));
    end(answer.results.flatMap(({ error }) => (error === "" ? [] : [error])).join("; "));
    return answer;
  } catch (error) {
    end(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** The trace of a start. Undefined: what wanted it belongs to none. */
export function traceStart(
  launch: Extract<ChannelEffect, { type: "launch" }>,
  clock: Pick<Clock, "wallMs">,
): StartTrace | undefined {
  const parent = readTraceparent(launch.traceparent ?? "");
  if (parent === undefined) return undefined;
  const { name } = launch.definition;
  const trace = childTrace(parent, `start ${name}, run ${launch.run}`);
  const beganMs = clock.wallMs();
  let isOver = false;
  return {
    traceparent: writeTraceparent(trace),
    end: (error) => {
      if (isOver) return;
      isOver = true;
      recordSpan({
        trace,
        parent,
        name: "channel start",
        kind: "internal",
        beganMs,
        endedMs: clock.wallMs(),
        error,
        attributes: attributesOf(launch.order, { "hot_backup.channel": name }),
      });
    },
  };
}

function attributesOf(order: Order | undefined, more: Readonly<Record<string, string>>) {
  if (order === undefined) return more;
  const { serverId, term } = order;
  return { "hot_backup.server": serverId, "hot_backup.term": String(term), ...more };
}

// Which signals of the timeline are shown: by server, by signal, by time. The filter is the query
// of the address, so that what one looks at can be sent to somebody else.

import type { SignalView, SignalWord } from "../../src/view/signal.ts";

export interface SignalFilter {
  /** Part of the id of a server. "": any. */
  readonly server: string;
  /** Undefined: any. */
  readonly signal: SignalWord | undefined;
  /** Undefined: however old. */
  readonly withinMs: number | undefined;
}

const hourMs = 3_600_000;

/** Spans that can be chosen, by their word in the address. */
export const spans: Readonly<Record<string, number>> = {
  "1h": hourMs,
  "24h": 24 * hourMs,
  "7d": 7 * 24 * hourMs,
  "30d": 30 * 24 * hourMs,
};

export const signalWords: readonly SignalWord[] = ["LIVE", "DEAD", "CLOSE"];

/** What the address says; what it says wrongly counts as nothing said. */
export function readFilter(query: URLSearchParams): SignalFilter {
  const within = query.get("within") ?? "";
  return {
    server: query.get("server") ?? "",
    signal: signalWords.find((each) => each === query.get("signal")),
    withinMs: Object.hasOwn(spans, within) ? spans[within] : undefined,
  };
}

/** `nowMs` is the newest instant known of the clock that the signals were given by. */
export function passes(view: SignalView, filter: SignalFilter, nowMs: number): boolean {
  const { server, signal, withinMs } = filter;
  if (!view.serverId.toLowerCase().includes(server.toLowerCase())) return false;
  if (signal !== undefined && view.signal !== signal) return false;
  return withinMs === undefined || nowMs - view.atMs <= withinMs;
}

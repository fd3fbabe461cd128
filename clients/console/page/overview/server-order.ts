// Which servers of many are shown, and in which order: the worst first, and otherwise by name, so
// that nothing moves that has no trouble.

import type { ServerView } from "../../src/view/server.ts";
import type { Severity } from "./trouble.ts";

/** A server with the worst of its troubles. */
export interface RankedServer {
  readonly key: string;
  readonly view: ServerView;
  /** Undefined: none. */
  readonly worst: Severity | undefined;
}

const ranks: Readonly<Record<Severity, number>> = { bad: 0, warn: 1, note: 2 };

export function orderServers(servers: readonly RankedServer[]): readonly RankedServer[] {
  return servers.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      a.view.serverId.localeCompare(b.view.serverId, "en", { numeric: true }),
  );
}

/** Whether every word of the filter is in the id, the host or the state of the server. */
export function isWanted({ view, worst }: RankedServer, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const { serverId, host, state, toldBy, assignment } = view;
  const trouble = worst === undefined || worst === "note" ? "" : "trouble";
  const text = [serverId, host, state, toldBy, assignment, trouble].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function rankOf({ worst }: RankedServer): number {
  return worst === undefined ? 3 : ranks[worst];
}

// The troubles of everything that is known, as signals: by server for grid and pictures, and all
// of them for the top of the page and the tab.

import { computed, type ReadonlySignal } from "@preact/signals";
import { viewKeys } from "../../src/view/event.ts";
import { store } from "../stream/event-stream.ts";
import { shownServer, shownServers } from "../stream/shown.ts";
import { orderServers, type RankedServer } from "./server-order.ts";
import {
  channelTroubles,
  heartbeatTroubles,
  serverTroubles,
  sourceTroubles,
  type Trouble,
  worstFirst,
} from "./trouble.ts";

const byServer = new Map<string, ReadonlySignal<readonly Trouble[]>>();

/** The troubles of one server, the worst first. */
export function troublesOf(key: string): ReadonlySignal<readonly Trouble[]> {
  const known = byServer.get(key);
  if (known !== undefined) return known;
  const made = computed(() => {
    const server = shownServer(key).value;
    if (server === undefined) return [];
    const run = store.runs.of(key).value;
    const { isToldNow, toldAtMs } = store;
    return worstFirst(serverTroubles(server, { isToldNow, toldAtMs, run }));
  });
  byServer.set(key, made);
  return made;
}

export const rankedServers = computed((): readonly RankedServer[] =>
  orderServers(
    shownServers.value.map((view) => {
      const key = viewKeys.servers(view);
      return { key, view, worst: troublesOf(key).value[0]?.severity };
    }),
  ),
);

export const allTroubles = computed(() =>
  worstFirst([
    ...store.servers.names.value.flatMap((key) => troublesOf(key).value),
    ...sourceTroubles(store.sources.all.value),
    ...channelTroubles(
      store.channels.all.value.filter(({ toldBy }) => store.isToldNow("channels", toldBy)),
    ),
    ...heartbeatTroubles(store.heartbeats.all.value),
  ]),
);

// Watched servers as they may be shown: a server that counts as live and is not heard any more is
// UNKNOWN from that moment on, whether or not its monitor has said another word.

import { computed, type ReadonlySignal } from "@preact/signals";
import type { ServerView } from "../../src/view/server.ts";
import { store } from "./event-stream.ts";
import { tick } from "./page-clock.ts";
import { silenceMs } from "./silence.ts";

/**
 * How late a heartbeat may be told: four beats of the gateway. Less would call a server unknown
 * that was heard in time.
 */
const tellingMaxMs = 1000;

const shown = new Map<string, ReadonlySignal<ServerView | undefined>>();

/** The server of this key (see viewKeys). */
export function shownServer(key: string): ReadonlySignal<ServerView | undefined> {
  const known = shown.get(key);
  if (known !== undefined) return known;
  const isSilent = computed(() => {
    const server = store.servers.of(key).value;
    const pulse = store.pulses.of(key).value;
    if (server === undefined || pulse === undefined) return false;
    return (
      silenceMs(pulse, store.ageMs(pulse.heardAtMs, tick.value)) > server.thresholdMs + tellingMaxMs
    );
  });
  const made = computed(() => {
    const server = store.servers.of(key).value;
    if (server?.state !== "LIVE" || !isSilent.value) return server;
    return { ...server, state: "UNKNOWN" } as const;
  });
  shown.set(key, made);
  return made;
}

export const shownServers = computed(() =>
  store.servers.names.value.flatMap((key) => shownServer(key).value ?? []),
);

// Watches the channels of one target for as long as the monitor runs. The open stream also keeps
// the connection warm, so that the first order after quiet days finds it ready.

import { type Backoff, pauseMs } from "@hot-backup/kit/backoff.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type {
  ChannelServiceClient,
  WatchChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { readObserved } from "../convert.ts";
import type { ObservedChannel } from "../ports.ts";

/** Quick at first, because a channels service that restarts is back within a second. */
const backoff: Backoff = { firstMs: 50, maxMs: 1000 };

/** What a watch tells. */
export interface WatchListener {
  /** All channels when a stream begins, or when one of them is gone; else the one that changed. */
  observe(channels: readonly ObservedChannel[], isSnapshot: boolean): void;
  /** The watch has ended, or could not begin. It is begun anew. */
  lose(why: string): void;
}

/**
 * Watches until the signal aborts, as the monitor of some servers: while it does, the target lets
 * nobody break the glass for them. Never rejects.
 */
export async function watchTarget(
  watched: { readonly client: ChannelServiceClient; readonly monitorOf: readonly string[] },
  listener: WatchListener,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    const { why, hasHeard } = await watchOnce(watched, listener, signal);
    if (signal.aborted) return;
    listener.lose(why);
    if (hasHeard) failures = 1;
    await sleep(pauseMs(backoff, failures, Math.random()), signal);
  }
}

/** Resolves when the stream has ended, for whatever reason: forced ends are not all UNAVAILABLE. */
function watchOnce(
  { client, monitorOf }: Parameters<typeof watchTarget>[0],
  listener: WatchListener,
  signal: AbortSignal,
): Promise<{ why: string; hasHeard: boolean }> {
  const stream = client.watchChannels({ protectedBy: "", monitorOf });
  const cancel = () => stream.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const known = new Map<string, ObservedChannel>();
  let hasHeard = false;
  stream.on("data", (response: WatchChannelsResponse) => {
    if (signal.aborted) return;
    hasHeard = true;
    takeEvent(response, known, listener);
  });
  return new Promise((resolve) => {
    const finish = (why: string) => {
      signal.removeEventListener("abort", cancel);
      resolve({ why, hasHeard });
    };
    // The listener stays: an error after the end must find it too.
    stream.on("error", ({ message }) => finish(message));
    stream.on("end", () => finish("the target has ended the stream"));
  });
}

function takeEvent(
  { event }: WatchChannelsResponse,
  known: Map<string, ObservedChannel>,
  listener: WatchListener,
): void {
  switch (event?.$case) {
    case "snapshot":
      known.clear();
      for (const channel of event.value.channels) remember(known, readObserved(channel));
      return listener.observe([...known.values()], true);
    case "changed": {
      const channel = readObserved(event.value);
      remember(known, channel);
      return listener.observe([channel], false);
    }
    case "undeployed":
      // An observation has no word for a channel that is gone: what is left is told as a beginning.
      known.delete(event.value);
      return listener.observe([...known.values()], true);
    case undefined:
      // An event that this version does not know.
      return;
  }
}

function remember(known: Map<string, ObservedChannel>, channel: ObservedChannel): void {
  known.set(channel.name, channel);
}

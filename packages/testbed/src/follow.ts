// Follows the streams of a monitor and of channels services for as long as it is asked to, across
// restarts of them.

import type { ClientReadableStream } from "@grpc/grpc-js";
import { sleep } from "@hot-backup/kit/stop.ts";
import type {
  Channel,
  ChannelServiceClient,
  WatchChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type {
  MonitorServiceClient,
  SignalRecord,
  WatchSignalsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";

/** Between two attempts to open a stream. */
const pauseMs = 20;

/** Tells every signal exactly once, in order. Resolves when the signal `stop` aborts. */
export async function followSignals(
  client: MonitorServiceClient,
  options: { stop: AbortSignal; onSignal: (signal: SignalRecord) => void },
): Promise<void> {
  let last = 0n;
  await follow(options.stop, () => {
    const stream = client.watchSignals({ serverId: "", afterSignalId: last });
    stream.on("data", ({ signal }: WatchSignalsResponse) => {
      if (signal === undefined) return;
      last = signal.signalId;
      options.onSignal(signal);
    });
    return stream;
  });
}

/**
 * Tells every channel and then every change. A channel may be told again when the stream is opened
 * anew.
 */
export async function followChannels(
  client: ChannelServiceClient,
  options: { stop: AbortSignal; onChannel: (channel: Channel) => void },
): Promise<void> {
  await follow(options.stop, () => {
    const stream = client.watchChannels({ protectedBy: "", monitorOf: [] });
    stream.on("data", ({ event }: WatchChannelsResponse) => {
      if (event?.$case === "snapshot") event.value.channels.forEach(options.onChannel);
      if (event?.$case === "changed") options.onChannel(event.value);
    });
    return stream;
  });
}

async function follow<T>(
  stop: AbortSignal,
  openStream: () => ClientReadableStream<T>,
): Promise<void> {
  while (!stop.aborted) {
    const stream = openStream();
    const cancel = () => stream.cancel();
    stop.addEventListener("abort", cancel, { once: true });
    await new Promise<void>((resolve) => {
      // The end of a stream says nothing; that it must be opened again follows from `stop` alone.
      stream.on("error", () => resolve());
      stream.on("end", () => resolve());
    });
    stop.removeEventListener("abort", cancel);
    await sleep(pauseMs, stop);
  }
}

// WatchChannels: a snapshot and then every change. Channels that do not fit into one message follow
// the snapshot as if they had just changed.

import { Failure } from "@hot-backup/kit/errors.ts";
import { type Outlet, streamQueueMax } from "@hot-backup/kit/grpc-handlers.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import type {
  WatchChannelsRequest,
  WatchChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { ChannelChange } from "../channel-changes.ts";
import { toWireChannel } from "../convert.ts";
import type { Channel } from "../core/channel-state.ts";
import type { Loop } from "../loop.ts";
import type { Telling } from "../telling.ts";
import { cutPage, sortedChannels } from "./list-channels.ts";
import { readMonitorOf, readProtectedBy } from "./requests.ts";

/** What a watch tells of, and how it tells it: as of now, whenever that is. */
interface Watched {
  readonly loop: Loop;
  telling(): Telling;
}

export async function watchChannels(
  watched: Watched,
  request: WatchChannelsRequest,
  outlet: Outlet<WatchChannelsResponse>,
): Promise<void> {
  const { loop } = watched;
  const protectedBy = readProtectedBy(request.protectedBy);
  noteMonitor(loop, readMonitorOf(request), outlet.signal);
  const all = sortedChannels(loop.state(), protectedBy);
  const channels = cutPage(all, { countMax: Infinity, telling: watched.telling() });
  outlet.send({ event: { $case: "snapshot", value: { channels } } });
  const send = (change: ChannelChange) =>
    sendChange(outlet, change, { protectedBy, telling: watched.telling() });
  // Changes that come while the rest is being sent wait for their turn.
  let early: ChannelChange[] | undefined = [];
  loop.listen((change) => {
    if (early === undefined) send(change);
    else if (early.length <= streamQueueMax) early.push(change);
  }, outlet.signal);
  for (const channel of all.slice(channels.length)) {
    if (outlet.signal.aborted) return;
    const value = toWireChannel(channel, watched.telling());
    outlet.send({ event: { $case: "changed", value } });
    await outlet.drained();
  }
  if (early.length > streamQueueMax) throw slowReader();
  for (const change of early) send(change);
  early = undefined;
  await aborted(outlet.signal);
}

// While a monitor watches, nobody breaks the glass for its servers (R10). Only those count that
// protect a channel here: what a caller says of others is not kept.
function noteMonitor(loop: Loop, monitorOf: readonly string[], signal: AbortSignal): void {
  if (signal.aborted || monitorOf.length === 0) return;
  const named = new Set(monitorOf);
  const channels = [...loop.state().channels.values()];
  const protectors = new Set(channels.flatMap(({ definition }) => definition.protectedBy ?? []));
  const serverIds = [...protectors.intersection(named)];
  const type = "monitor_watch_changed";
  loop.tell({ type, serverIds, isOpen: true });
  const close = () => loop.tell({ type, serverIds, isOpen: false });
  signal.addEventListener("abort", close, { once: true });
}

function sendChange(
  outlet: Outlet<WatchChannelsResponse>,
  { name, before, channel }: ChannelChange,
  { protectedBy, telling }: { protectedBy: string | undefined; telling: Telling },
): void {
  const isMeant = (each: Channel | undefined) =>
    each !== undefined &&
    (protectedBy === undefined || each.definition.protectedBy === protectedBy);
  if (channel !== undefined && isMeant(channel)) {
    outlet.send({ event: { $case: "changed", value: toWireChannel(channel, telling) } });
  } else if (isMeant(before)) {
    // Undeployed, or protected by another server now: gone for this watch.
    outlet.send({ event: { $case: "undeployed", value: name } });
  }
}

function slowReader(): Failure {
  return new Failure("exhausted", {
    message: "Cannot go on with the watch: the reader takes the channels too slowly",
    reason: "SLOW_READER",
  });
}

// What a channels service tells: its channels, as they change.

import { follow } from "@hot-backup/client/follow.ts";
import { listAll } from "@hot-backup/client/pages.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { HealthClient } from "@hot-backup/proto/grpc/health/v1/health.ts";
import type {
  Channel,
  ChannelServiceClient,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { toChannelView } from "../convert/channel-view.ts";
import { viewKeys } from "../view/event.ts";
import type { Link } from "./attempt.ts";
import type { SourceContext } from "./keep-source.ts";
import { watchHealth } from "./repeat.ts";

const listWithinMs = 3000;

/** Follows a channels service until the link is over, or its watch breaks. */
export async function followChannels(
  { board, server: toldBy, nowMs }: SourceContext,
  given: { channels: ChannelServiceClient; health: HealthClient; link: Link },
): Promise<void> {
  const { channels, health, link } = given;
  const { signal } = link;
  const take = (channel: Channel) => {
    link.heard();
    const view = toChannelView(channel, { toldBy, heardAtMs: nowMs() });
    board.channels.put(view);
    return view;
  };
  const watched = follow(channels.watchChannels({ protectedBy: "", monitorOf: [] }), {
    what: "Cannot watch its channels",
    stop: signal,
    onData: ({ event }) => {
      if (event?.$case === "snapshot") event.value.channels.forEach(take);
      else if (event?.$case === "changed") take(event.value);
      else if (event !== undefined) {
        board.channels.drop(viewKeys.channels({ toldBy, name: event.value }));
      }
    },
  });
  // A snapshot of the watch may come in parts: only a list says which channels there are no more.
  const list = async () => {
    const method = channels.listChannels.bind(channels);
    const options = { what: "Cannot list its channels", deadlineMs: listWithinMs, signal };
    const all = await listAll(async (page) => {
      const answer = await call(method, { protectedBy: "", ...page }, options);
      return { entries: answer.channels, nextPageToken: answer.nextPageToken };
    });
    board.channels.keepOnly((view) => view.toldBy === toldBy, all.map(take));
    link.caughtUp();
  };
  await Promise.race([watched, list().then(() => watchHealth(link, health))]);
}

// One page of channels. A page ends at its size in channels or in bytes, whichever comes first, so
// that a client with the usual limit of 4 MiB can read every page.

import {
  Channel as WireChannel,
  type ListChannelsRequest,
  type ListChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { toLeaseReport, toWireChannel, toWireOverride } from "../convert.ts";
import type { Channel } from "../core/channel-state.ts";
import type { State } from "../core/state.ts";
import type { Telling } from "../telling.ts";
import { readPage, readProtectedBy } from "./requests.ts";

/** Room for what else is in the message, and for one more channel of an unusual size. */
const pageBytesMax = 1024 * 1024;

export function listChannels(
  request: ListChannelsRequest,
  { state, bootMs, telling }: { state: State; bootMs: number; telling: Telling },
): ListChannelsResponse {
  const protectedBy = readProtectedBy(request.protectedBy);
  const { size, after } = readPage(request);
  const rest = sortedChannels(state, protectedBy).filter(
    ({ definition }) => definition.name > after,
  );
  const channels = cutPage(rest, { countMax: size, telling });
  const last = channels.at(-1);
  const hasMore = channels.length < rest.length;
  const protectors = [...state.channels.values()].flatMap(
    (each) => each.definition.protectedBy ?? [],
  );
  const serverIds = [...new Set([...protectors, ...state.orders.keys()])].toSorted();
  return {
    channels,
    nextPageToken: hasMore ? (last?.definition?.name ?? "") : "",
    leases: serverIds.map((serverId) => ({
      serverId,
      report: toLeaseReport(state, serverId, bootMs),
      asOf: new Date(telling.wallMs),
    })),
    overrides: state.overrideHistory.map(toWireOverride),
  };
}

/** The first channels of a list that one message holds: at least one, or there would be no end. */
export function cutPage(
  channels: readonly Channel[],
  { countMax, telling }: { countMax: number; telling: Telling },
): WireChannel[] {
  const page: WireChannel[] = [];
  let bytes = 0;
  for (const channel of channels.slice(0, countMax)) {
    const each = toWireChannel(channel, telling);
    bytes += WireChannel.encode(each).finish().length;
    if (bytes > pageBytesMax && page.length > 0) break;
    page.push(each);
  }
  return page;
}

/** In the order of their names. */
export function sortedChannels(state: State, protectedBy: string | undefined): Channel[] {
  return [...state.channels.values()]
    .filter(({ definition }) => protectedBy === undefined || definition.protectedBy === protectedBy)
    .toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
}

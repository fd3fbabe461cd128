// Whether a target could take channels over: it answers, and has every one of them deployed.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import type {
  Channel,
  ChannelServiceClient,
  ListChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { isNamed } from "../core/channel-name.ts";

/** How long a target may take to tell whether it is ready for a switchover: an operator waits. */
const readinessMs = 2000;

/** Pages of channels that are read for one question, and entries on each. */
const pagesMax = 10;
const pageSize = 1000;

/** Whose channels are meant, and which. */
export interface ReadinessAsked {
  readonly target: string;
  readonly serverId: string;
  readonly names: readonly string[];
}

/** Why a target is not ready. "": it is. Rejects when it does not answer. */
export async function findUnready(
  client: ChannelServiceClient,
  { target, serverId, names }: ReadinessAsked,
): Promise<string> {
  const what = `Target "${target}" is not ready`;
  const channels = await listChannels(client, { serverId, what });
  const deployed = channels.map(({ definition }) => definition?.name ?? "");
  const missing = names.filter((name) => !deployed.some((each) => isNamed(each, name)));
  if (missing.length === 0) return "";
  return `${what}: it has no channel of ${serverId} named ${missing.join(", ")}`;
}

async function listChannels(
  client: ChannelServiceClient,
  options: { serverId: string; what: string },
): Promise<readonly Channel[]> {
  const signal = AbortSignal.timeout(readinessMs);
  const channels: Channel[] = [];
  let pageToken = "";
  for (let page = 0; page < pagesMax; page += 1) {
    const response: ListChannelsResponse = await call(
      client.listChannels.bind(client),
      { protectedBy: options.serverId, pageSize, pageToken },
      { what: options.what, deadlineMs: readinessMs, signal },
    );
    channels.push(...response.channels);
    pageToken = response.nextPageToken;
    if (pageToken === "") break;
  }
  return channels;
}

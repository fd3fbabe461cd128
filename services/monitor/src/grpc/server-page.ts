// As many servers as one message holds: it ends at its size in servers or in bytes, whichever comes
// first, because a server tells its channels, and a client takes no more than 4 MiB.

import { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { ServerLoop } from "../server-loop.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

/** Room for one more server of an unusual size. */
const pageBytesMax = 1024 * 1024;

/** The first servers of a list that one message holds: at least one, or there would be no end. */
export function cutServers(
  sources: ServerSources,
  servers: readonly ServerLoop[],
  countMax: number,
): Server[] {
  const page: Server[] = [];
  let bytes = 0;
  for (const server of servers.slice(0, countMax)) {
    const message = writeServer(sources, server);
    bytes += Server.encode(message).finish().length;
    if (bytes > pageBytesMax && page.length > 0) break;
    page.push(message);
  }
  return page;
}

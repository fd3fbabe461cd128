// The watched server that a request names.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";

/** Throws NOT_FOUND, reason UNKNOWN_SERVER, for a server that is not configured. */
export function findServer(monitor: Monitor, serverId: string): ServerLoop {
  const server = monitor.servers.get(serverId);
  if (server !== undefined) return server;
  throw new Failure("not_found", {
    message: `No server "${serverId}" is watched here`,
    reason: "UNKNOWN_SERVER",
    metadata: { serverId },
  });
}

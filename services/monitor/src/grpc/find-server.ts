// The watched server that a request names.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import { RequestCheck } from "./request-fields.ts";

/**
 * Throws INVALID_ARGUMENT when the id, or anything that `check` has seen before, is bad input, and
 * NOT_FOUND, reason UNKNOWN_SERVER, for a server that is not configured.
 */
export function findServer(
  monitor: Monitor,
  serverId: string,
  check = new RequestCheck(),
): ServerLoop {
  check.serverId(serverId);
  check.finish();
  const server = monitor.servers.get(serverId);
  if (server !== undefined) return server;
  throw new Failure("not_found", {
    message: `No server "${serverId}" is watched here`,
    reason: "UNKNOWN_SERVER",
    metadata: { serverId },
  });
}

/** Like findServer, for a filter: "" is every server, and gives undefined. */
export function findFilter(
  monitor: Monitor,
  serverId: string,
  check = new RequestCheck(),
): ServerLoop | undefined {
  if (serverId !== "") return findServer(monitor, serverId, check);
  check.finish();
  return undefined;
}

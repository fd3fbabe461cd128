// Tells of servers that the journal knows and configuration names no more. What a backup runs for
// such a server runs on, and no monitor stops it, gives it back or orders it again.

import type { ServerRecord } from "./core/server-record.ts";
import type { MonitorParts } from "./parts.ts";

/** Logs each server that was left behind with channels on a backup. */
export function tellUnwatched(
  stored: readonly ServerRecord[],
  { servers, log }: Pick<MonitorParts, "servers" | "log">,
): void {
  const watched = new Set(servers.map(({ serverId }) => serverId));
  for (const { serverId, startedTargets } of stored) {
    if (watched.has(serverId) || startedTargets.length === 0) continue;
    log.warn(
      { serverId, targets: startedTargets },
      "Watched no more, and its channels may run on targets: stop them there, or watch it again",
    );
  }
}

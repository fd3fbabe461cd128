// Remembers the last heartbeat of each server, for those who ask what it reports. Tells watchers
// only when something changed that people look at.

import type { Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";

export class LastHeartbeats {
  readonly #monitor: Monitor;
  readonly #last = new Map<ServerLoop, Heartbeat>();

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  of(server: ServerLoop): Heartbeat | undefined {
    return this.#last.get(server);
  }

  note(server: ServerLoop, heartbeat: Heartbeat): void {
    const before = this.#last.get(server);
    this.#last.set(server, heartbeat);
    if (before === undefined || looksDifferent(before, heartbeat)) this.#monitor.announce(server);
  }
}

function looksDifferent(before: Heartbeat, after: Heartbeat): boolean {
  const lease = after.lease?.state;
  const leaseBefore = before.lease?.state;
  if (lease?.$case !== leaseBefore?.$case) return true;
  if (before.channels.length !== after.channels.length) return true;
  for (let index = 0; index < after.channels.length; index += 1) {
    const channel = after.channels[index];
    const channelBefore = before.channels[index];
    if (channel?.activity !== channelBefore?.activity) return true;
    if (channel?.term !== channelBefore?.term) return true;
  }
  return false;
}

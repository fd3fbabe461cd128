// What a server told of its channels last, as a monitor keeps it for its drills: last-heartbeats.ts
// of the monitor, on simulated heartbeats.

import type { HeartbeatContent } from "../../services/heartbeat/src/core/beat-state.ts";
import type { ChannelSeen } from "../../services/monitor/src/core/drill-course.ts";
import type { ServerLoop } from "../../services/monitor/src/server-loop.ts";

export class LastReports {
  readonly #channels = new Map<ServerLoop, readonly ChannelSeen[]>();

  of(server: ServerLoop): readonly ChannelSeen[] {
    return this.#channels.get(server) ?? [];
  }

  /** Whether it says anything new of them. */
  note(server: ServerLoop, { knowledge }: HeartbeatContent): boolean {
    const before = this.of(server);
    const channels = knowledge.report?.channels ?? [];
    const isSame =
      before.length === channels.length &&
      channels.every(({ activity, term }, index) => {
        const known = before[index];
        return known?.activity === activity.toUpperCase() && known.term === term;
      });
    if (isSame) return false;
    const told = channels.map(({ name, activity, term }) => {
      return { name, activity: activity.toUpperCase(), term };
    });
    this.#channels.set(server, told);
    return true;
  }
}

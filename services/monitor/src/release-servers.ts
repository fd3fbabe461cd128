// What a monitor does before it stops in good order (R9): it makes the release of its servers
// durable, grants each a long lease with its next good heartbeats, and waits a little until they
// hold it. Whatever happens meanwhile, to stop is always safe.

import { isReleasing } from "./core/release.ts";
import type { ServerEvent } from "./core/server-event.ts";
import { momentOf, takeJointly } from "./joint-commit.ts";
import type { MonitorParts } from "./parts.ts";
import type { ServerLoop } from "./server-loop.ts";

/** Most time that a stop may take for it: half of what a container gets before it is killed. */
const releaseTakesMaxMs = 5000;

/** How often it is looked whether all of them hold their lease. */
const lookEveryMs = 20;

/** Resolves when every server that can be released holds its long lease, or will not. */
export async function releaseServers(
  parts: MonitorParts,
  servers: Iterable<ServerLoop>,
): Promise<void> {
  const moment = momentOf(parts);
  const begun: ServerEvent = { kind: "release_begun", by: parts.server, ...moment };
  const all = [...servers];
  const before = new Map(all.map((server) => [server, server.record.release]));
  const taken = takeJointly(parts, new Map(all.map((server) => [server, begun])));
  const released = taken.filter(({ watched }) => isReleasing(watched.server));
  if (released.length === 0) return;
  // Who has not been heard for a lease has lost it: for that one there is nothing to prolong.
  const leaseMs = Math.max(...released.map(({ watched }) => watched.settings.leaseMs));
  const endMs = moment.nowMs + Math.min(releaseTakesMaxMs, leaseMs);
  while (parts.clock.nowMs() < endMs && !released.every(isHeld)) {
    await new Promise<void>((resolve) => void parts.timers.after(lookEveryMs, resolve));
  }
  const unused = released.filter(({ watched }) => !watched.liveness.isReleaseGranted);
  const undone = unused.map((server): [ServerLoop, ServerEvent] => {
    const release = before.get(server);
    return [server, { kind: "release_unused", before: release, ...momentOf(parts) }];
  });
  takeJointly(parts, new Map(undone));
  const held = released.filter(isHeld).length;
  const granted = released.length - unused.length;
  parts.log.info({ granted, held, unheard: unused.length }, "Released servers");
}

function isHeld({ watched }: ServerLoop): boolean {
  return watched.liveness.isReleaseHeld;
}

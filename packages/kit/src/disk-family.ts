// How much room there is where a service keeps what must last: what cannot be stored is not
// decided, not ordered and not mailed. A disk may hang, and heartbeats must not hang with it: it is
// looked at beside, and what the look before has found is told.

import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Family } from "./metric-family.ts";

/** A disk that lives answers within a millisecond; two who ask at once both hear of it. */
const lookMsMax = 1000;

/**
 * `store`: what is kept there, as a label; `folder`: where. Nothing is told of a disk that has not
 * answered since it was asked last.
 */
export function diskFamilies(
  store: string,
  folder: string,
  lookAt: (folder: string) => Promise<StatsFs> = statfs,
): readonly Family[] {
  const labels = [store];
  const reader = (blocksOf: (disk: StatsFs) => number) => {
    const disk = watchDisk(() => lookAt(folder));
    return () => {
      const found = disk();
      return found === undefined ? [] : [{ labels, value: blocksOf(found) * found.bsize }];
    };
  };
  return [
    {
      type: "gauge",
      name: "hot_backup_disk_free_bytes",
      help: "Room left for this user on the disk of a store; a full one stops all decisions",
      labels: ["store"],
      read: reader(({ bavail }) => bavail),
    },
    {
      type: "gauge",
      name: "hot_backup_disk_size_bytes",
      help: "Size of the disk of a store; absent: it does not answer",
      labels: ["store"],
      read: reader(({ blocks }) => blocks),
    },
  ];
}

// Tells what the last look has found, and looks anew: one look at a time.
function watchDisk(look: () => Promise<StatsFs>): () => StatsFs | undefined {
  let found: StatsFs | undefined;
  let askedMs: number | undefined;
  const lookAnew = async () => {
    askedMs = performance.now();
    // A folder that is gone is told by whoever wants to write there.
    found = await look().catch(() => undefined);
    askedMs = undefined;
  };
  void lookAnew();
  return () => {
    if (askedMs === undefined) void lookAnew();
    else if (performance.now() - askedMs > lookMsMax) return undefined;
    return found;
  };
}

// How much room there is where a service keeps what must last: what cannot be stored is not
// decided, not ordered and not mailed.

import { type StatsFs, statfsSync } from "node:fs";
import type { Family } from "./metric-family.ts";

/** `store`: what is kept there, as a label; `folder`: where. */
export function diskFamilies(store: string, folder: string): readonly Family[] {
  const labels = [store];
  const read = (blocksOf: (disk: StatsFs) => number) => () => {
    const disk = look(folder);
    return disk === undefined ? [] : [{ labels, value: blocksOf(disk) * disk.bsize }];
  };
  return [
    {
      type: "gauge",
      name: "hot_backup_disk_free_bytes",
      help: "Room left for this user on the disk of a store; a full one stops all decisions",
      labels: ["store"],
      read: read(({ bavail }) => bavail),
    },
    {
      type: "gauge",
      name: "hot_backup_disk_size_bytes",
      help: "Size of the disk of a store",
      labels: ["store"],
      read: read(({ blocks }) => blocks),
    },
  ];
}

// A folder that is gone is told by whoever wants to write there.
function look(folder: string): StatsFs | undefined {
  try {
    return statfsSync(folder);
  } catch {
    return undefined;
  }
}

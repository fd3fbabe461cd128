// The drills of a journal in memory: memory.ts opens it.

import type { DrillRecord } from "../core/drill-record.ts";
import type { HistoryEntry, Journal, Page } from "../ports.ts";

type Drills = Pick<Journal, "saveDrill" | "listDrills" | "runningDrills">;

interface Entry {
  readonly position: bigint;
  readonly drill: DrillRecord;
}

/** By drill id, oldest first: a drill that is replaced keeps its place. */
export type DrillsOnDisk = Map<string, Entry>;

export function openMemoryDrills(
  disk: { readonly drills: DrillsOnDisk; readonly history: HistoryEntry[] },
  drillsMax: number,
): Drills {
  const newestFirst = () => [...disk.drills.values()].toReversed();
  return {
    saveDrill: (drill, lines) => {
      const last = newestFirst()[0]?.position ?? 0n;
      const known = disk.drills.get(drill.drillId);
      disk.drills.set(drill.drillId, { position: known?.position ?? last + 1n, drill });
      disk.history.push(...lines);
      prune(disk.drills, drillsMax);
    },
    listDrills: (page) =>
      newestFirst()
        .filter((entry) => isOnPage(page, entry))
        .slice(0, page.limit),
    runningDrills: () =>
      [...disk.drills.values()]
        .map(({ drill }) => drill)
        .filter(({ state }) => state === "running"),
  };
}

function isOnPage({ serverId, before }: Page, { position, drill }: Entry): boolean {
  if (serverId !== "" && drill.serverId !== serverId) return false;
  return before === undefined || position < before;
}

function prune(drills: DrillsOnDisk, drillsMax: number): void {
  const last = [...drills.values()].at(-1)?.position ?? 0n;
  for (const [drillId, { position, drill }] of drills) {
    if (position > last - BigInt(drillsMax)) return;
    if (drill.state !== "running") drills.delete(drillId);
  }
}

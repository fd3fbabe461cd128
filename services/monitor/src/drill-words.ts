// What the history of a server says of its drills.

import type { DrillKind, DrillRecord } from "./core/drill-record.ts";
import { type HistoryEntry, historyLine } from "./ports.ts";

const kinds: Readonly<Record<DrillKind, string>> = {
  switchover: "a planned move to the backup and back",
  silence: "its heartbeats are counted as silence",
  shadow: "nothing is changed",
};

/** What people should know of a server whose drill goes on: nothing, or one line. */
export function drillObstacles(drill: DrillRecord | undefined): readonly string[] {
  if (drill === undefined) return [];
  const { drillId, kind, actor, because } = drill;
  const what = because.length === 0 ? kinds[kind] : `it has failed (${because.join("; ")})`;
  return [`Drill ${drillId} of ${actor.name} goes on: ${what}`];
}

/** Lines for the beginning and the end of a drill. `before`: as it is known until now. */
export function drillLine(
  drill: DrillRecord,
  before: DrillRecord | undefined,
  term: bigint,
): readonly HistoryEntry[] {
  const { drillId, serverId, kind, state, actor, because } = drill;
  const line = (text: string, wallMs: number) =>
    historyLine({ serverId, wallMs, text: `Drill ${drillId} ${text}`, actor, term });
  // What a shadow drill found is kept with the drills: nothing has happened to the server.
  if (kind === "shadow") return [];
  if (state === "running") {
    return before === undefined ? [line(`began: ${kinds[kind]}`, drill.startedWallMs)] : [];
  }
  const wallMs = drill.endedWallMs ?? drill.startedWallMs;
  return [line(state === "passed" ? "passed" : `failed: ${because.join("; ")}`, wallMs)];
}

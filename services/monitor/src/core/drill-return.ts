// The end of a drill that has failed: whether its channels have still to be given back, and when
// there is nothing left for it to do.

import { drillActor, type DrillRecord, takeoverRunIdOf } from "./drill-record.ts";
import { isDrillDeath } from "./drill-silence.ts";
import { type DrillStage, type DrillView, stageMaxMs } from "./drill-trouble.ts";

interface Abandoned {
  readonly record: DrillRecord;
  readonly stage: DrillStage;
  readonly stageBeganMs: number;
}

/** Whether the backup has the channels by this drill, and a failback may be asked for. */
export function mustReturn({ record }: Abandoned, { server }: DrillView): boolean {
  const isTaken = server.state === "live" && server.assignment === "backup";
  return isTaken && server.takeoverRunId === takeoverRunIdOf(record);
}

/**
 * Undefined: it goes on. Otherwise it is over: "", or what is to be known of it besides, in one
 * line.
 */
export function hasReturned(drill: Abandoned, view: DrillView): string | undefined {
  const { server } = view;
  // Whoever set maintenance has the word now, and a server that closed needs no channels.
  if (server.maintenance !== undefined || server.state === "closed") return "";
  const lastedMs = view.nowMs - drill.stageBeganMs;
  if (server.state === "dead" && isOwnDeath(drill, view)) {
    if (lastedMs < stageMaxMs("return", view)) return undefined;
    return "It has not been heard since: its death is a real one";
  }
  if (server.state === "dead") return "";
  if (server.state === "live" && isSettled(drill, view)) return "";
  const maxMs = stageMaxMs("abandon", view);
  if (lastedMs < maxMs) return undefined;
  const seconds = (maxMs / 1000).toFixed(1);
  return `The channels were not home ${seconds} s later: ExplainServer tells what they wait for`;
}

function isOwnDeath({ record }: Abandoned, { server, isSilenced }: DrillView): boolean {
  return isSilenced || isDrillDeath(server.because, record.actor);
}

function isSettled(drill: Abandoned, view: DrillView): boolean {
  const { assignment, switchover } = view.server;
  const actor = drillActor(drill.record);
  const isOwnMove = switchover?.name === actor.name && switchover.reason === actor.reason;
  if (switchover !== undefined) return !isOwnMove;
  if (assignment === "backup") return !mustReturn(drill, view);
  return assignment === "primary" && view.isHome;
}

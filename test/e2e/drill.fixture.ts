// Drills as programs ask for them, over the contract: begun, waited for, and looked up.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { type Drill, type DrillKind, DrillState } from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { type Bed, withinMs } from "./bed.fixture.ts";

/**
 * Begins a drill, and leaves: what follows is the monitor's. Tries again as long as it is refused:
 * a monitor that has just started may order no start yet.
 */
export async function beginDrill(bed: Bed, kind: DrillKind): Promise<void> {
  await bed.servers.waitFor("a drill to begin", withinMs, async () => {
    const failure = await tryDrill(bed, kind);
    if (failure === undefined) return true;
    const { reason } = new CallFailed("Cannot begin a drill", failure);
    if (reason === "TARGET_NOT_READY") return false;
    throw failure;
  });
}

// Resolves with the first word of it, or to why there is none.
function tryDrill({ servers }: Bed, kind: DrillKind): Promise<Error | undefined> {
  const actor = { name: "anna", reason: "every quarter" };
  const stream = servers.monitor.runDrill({
    serverId: primaryId,
    actor,
    kind,
    objective: undefined,
  });
  return new Promise((resolve) => {
    stream.on("error", resolve);
    stream.on("data", () => {
      resolve(undefined);
      stream.cancel();
    });
  });
}

/** The newest drill. */
export async function newestDrill({ servers: { monitor } }: Bed): Promise<Drill | undefined> {
  const request = { serverId: primaryId, pageSize: 1, pageToken: "" };
  const options = { what: "Cannot list drills", deadlineMs: withinMs };
  return (await call(monitor.listDrills.bind(monitor), request, options)).drills[0];
}

/** Waits until the newest drill is over. */
export function untilOver(bed: Bed): Promise<Drill> {
  return bed.servers.waitFor("the drill to end", withinMs, async () => {
    const drill = await newestDrill(bed);
    return drill?.state !== DrillState.DRILL_STATE_RUNNING && drill;
  });
}

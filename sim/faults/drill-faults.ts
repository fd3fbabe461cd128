// Operators who drill at the worst moments. What they ask goes through the same checks as in
// grpc/drill-methods.ts.

import { whyNoSwitchover } from "../../services/monitor/src/core/handover.ts";
import { newPhases } from "../../services/monitor/src/core/drill-estimate.ts";
import type { DrillKind, DrillRecord } from "../../services/monitor/src/core/drill-record.ts";
import type { World } from "../world.ts";
import { type Fault, type Strike, tellFault } from "./fault.ts";
import { type AskedServer, pickServer } from "./operator-faults.ts";

const actor = { name: "anna", reason: "she likes to know" };
const objective = { detectionMs: undefined, startMs: undefined, handoverMs: undefined };

export const drillFaults: readonly Fault[] = [
  drillFault("drill_switchover", "switchover"),
  drillFault("drill_silence", "silence"),
];

function drillFault(kind: string, drill: DrillKind): Fault {
  return {
    kind,
    weight: 2,
    lastsMs: [0, 0],
    begin: (strike: Strike) => {
      const server = pickServer(strike);
      if (server === undefined) return undefined;
      tellFault(strike, "operator", `drills by ${drill}`);
      askDrill(strike.world, server, drill);
      return undefined;
    },
  };
}

// No drill into the void: the target must answer and have the channels.
export function askDrill(
  world: World,
  { loop, moment, watching }: AskedServer,
  kind: DrillKind,
): void {
  const { settings, server } = loop.watched;
  if (whyNoSwitchover({ settings, server }) !== undefined) return;
  const { plan, monitor } = watching;
  const { serverId, backup, channels: names } = plan;
  const ask = monitor.monitor?.parts.targets.readiness(backup, { serverId, names });
  void ask?.then((problem) => {
    // The monitor may have died meanwhile: then nobody answers, and nothing is begun.
    if (problem !== "" || monitor.monitor?.servers.get(serverId) !== loop) return;
    if (whyNoSwitchover({ settings, server: loop.watched.server }) !== undefined) return;
    world.tell({ kind: "operator_asked", serverId });
    const { wallMs } = moment();
    const startTerm = loop.record.term;
    const record = { serverId, kind, startTerm, startedWallMs: wallMs, settings, names };
    monitor.drills?.begin(loop, newRecord(record));
  });
}

function newRecord(
  given: Pick<DrillRecord, "serverId" | "kind" | "startTerm" | "startedWallMs"> & {
    settings: { readonly thresholdMs: number };
    names: readonly string[];
  },
): DrillRecord {
  const { settings, names, ...rest } = given;
  const measured = { drills: [], runs: [], thresholdMs: settings.thresholdMs, gapsMs: [] };
  return {
    ...rest,
    drillId: `${rest.serverId}-${rest.startTerm}-${rest.startedWallMs}`,
    actor,
    objective,
    state: "running",
    phases: newPhases(rest.kind, objective, measured),
    channels: names.map((name) => ({ name, outMs: undefined, backMs: undefined })),
    mails: 0,
    because: [],
    endedWallMs: undefined,
  };
}

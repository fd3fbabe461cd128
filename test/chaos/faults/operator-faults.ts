// Operators who ask at bad moments. What they are refused changes nothing; what they are granted
// must hold.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import type { ChaosBed } from "../chaos-bed.ts";
import type { Fault, Stroke } from "./fault.ts";
import { killedMachine } from "./process-faults.ts";

type Wish = "failback" | "switchover" | "setMaintenance" | "clearMaintenance";

const withinMs = 2000;

export const operatorFaults: readonly Fault[] = [
  { weight: 4, draw: () => wished("switchover") },
  { weight: 2, draw: () => wished("failback") },
  { weight: 2, draw: (random) => maintenance(random.happens(0.5)) },
];

/** Asks; a monitor that refuses, or cannot answer, is no failure. */
export async function wish({ servers: { monitor } }: ChaosBed, what: Wish): Promise<void> {
  const actor = { name: "an operator", reason: "chaos" };
  const request = { serverId: primaryId, actor, expiry: undefined };
  const options = { what: `Cannot ask for ${what}`, deadlineMs: withinMs };
  try {
    await call(monitor[what].bind(monitor), request, options);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
  }
}

function wished(what: "switchover" | "failback"): Stroke {
  return { kind: what, begin: (bed) => wish(bed, what), end: () => undefined };
}

// Maintenance is over only when the monitor says so: until then nothing is declared.
function maintenance(isPrimaryKilled: boolean): Stroke {
  const trigger = isPrimaryKilled ? killedMachine("primary") : undefined;
  return {
    kind: "maintenance",
    begin: async (bed) => {
      await wish(bed, "setMaintenance");
      await trigger?.begin(bed);
    },
    end: async (bed) => {
      await wish(bed, "clearMaintenance");
      await trigger?.end(bed);
    },
  };
}

// Services that die between two steps of which a crash must lose nothing: armed, and then led past
// the failpoint by the death of the primary.

import { type Failpoint, failpoints, failpointVariable } from "@hot-backup/kit/failpoint.ts";
import type { Random } from "../../../sim/kernel/random.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { ServiceName } from "@hot-backup/testbed/service-process.ts";
import type { ChaosBed } from "../chaos-bed.ts";
import { thresholdMs } from "../bed-config.ts";
import type { Fault, Stroke } from "./fault.ts";
import { killedMachine } from "./process-faults.ts";

/** Mostly the first: not every place is passed several times on the way through a failover. */
const passings = [1, 1, 1, 2, 3];

const serveWithinMs = 10_000;

/** A failover and the mail after it, on a busy machine. What is not passed by then is left. */
const passedWithinMs = 5 * thresholdMs;

export const failpointFaults: readonly Fault[] = [{ weight: 14, draw: drawFailpoint }];

function drawFailpoint(random: Random): Stroke {
  const failpoint = random.pick(failpoints);
  const passing = random.pick(passings);
  const service = serviceOf(failpoint);
  const trigger = killedMachine("primary");
  return {
    kind: `died at ${failpoint}`,
    begin: async (bed) => {
      const { backup } = bed.servers;
      if (service === "notify") bed.story.hurtNotify();
      await backup.killService(service);
      if (service === "channels") bed.story.backupChannelsStarts += 1;
      backup.start([service], { [failpointVariable]: `${failpoint}@${passing}` });
      const ended = backup.ended(service);
      const served = bed.servers.waitForServing(servingNames[service], serveWithinMs);
      await Promise.race([served.catch(() => undefined), ended]);
      await trigger.begin(bed);
      if (await diesWithin(ended, passedWithinMs)) bed.story.diedAt(failpoint);
    },
    end: async (bed) => {
      await disarm(bed, service);
      await trigger.end(bed);
    },
  };
}

const servingNames = {
  monitor: "monitor",
  channels: "backupChannels",
  notify: "notify",
} as const;

function serviceOf(failpoint: Failpoint): keyof typeof servingNames {
  if (failpoint.startsWith("monitor.")) return "monitor";
  return failpoint.startsWith("channels.") ? "channels" : "notify";
}

// What was not reached must not kill in a later round.
async function disarm(bed: ChaosBed, service: ServiceName): Promise<void> {
  if (service === "notify") bed.story.hurtNotify();
  await bed.servers.backup.killService(service);
  bed.start(bed.servers.backup, [service]);
}

async function diesWithin(ended: Promise<unknown>, withinMs: number): Promise<boolean> {
  const over = new AbortController();
  const died = await Promise.race([
    ended.then(() => true),
    sleep(withinMs, over.signal).then(() => false),
  ]);
  over.abort();
  return died;
}

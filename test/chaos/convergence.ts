// Whether a bed has come to rest: every service runs, the server is live, one side has its
// channels, all work that was fed is done, and nothing waits to be told. The product is asked only
// in order to know when to look; what counts is judged from the evidence (judge-bed.ts).

import { existsSync } from "node:fs";
import { join } from "node:path";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  Assignment,
  RunState,
  ServerState,
  StepState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import type { ChaosBed } from "./chaos-bed.ts";
import { mendNetwork } from "./faults/network-faults.ts";
import { wish } from "./faults/operator-faults.ts";

/** From the end of the faults to rest, on a machine that has other work. Longer is no rest (I4). */
const restWithinMs = 60_000;

/**
 * How long a failback may be held, for a delay or because the server died often, before an operator
 * asks for it.
 */
const operatorPatienceMs = 3000;

const lookEveryMs = 50;
const callDeadlineMs = 2000;
const protectedChannels = ["orders", "invoices"] as const;
const openSteps = new Set<StepState>([
  StepState.STEP_STATE_PENDING,
  StepState.STEP_STATE_RUNNING,
  StepState.STEP_STATE_RETRYING,
]);

/** Names of the files that each channel was fed. */
export type Fed = Readonly<Record<string, readonly string[]>>;

/** Ends whatever may still disturb the bed. */
export function endFaults(bed: ChaosBed): void {
  mendNetwork(bed);
  bed.servers.mailbox.behave("take");
  for (const disk of bed.disks.values()) disk.free();
}

/**
 * Resolves when the bed is at rest. Rejects with what is missing. With `isHomeWished` an operator
 * brings the channels back to a live primary.
 */
export async function comeToRest(
  bed: ChaosBed,
  { fed, isHomeWished }: { fed: Fed; isHomeWished: boolean },
): Promise<void> {
  const startMs = performance.now();
  const isPatienceOver = () => performance.now() - startMs > operatorPatienceMs;
  const atRest = async () => {
    bed.startAll();
    const home = await whoHasThem(bed, { isHomeWished, isPatienceOver });
    await checkChannels(bed, home);
    checkWorkDone(bed, fed);
    await checkNothingOpen(bed);
    return true;
  };
  await waitFor("the bed to come to rest", atRest, {
    withinMs: restWithinMs,
    everyMs: lookEveryMs,
  });
}

async function whoHasThem(
  bed: ChaosBed,
  { isHomeWished, isPatienceOver }: { isHomeWished: boolean; isPatienceOver: () => boolean },
): Promise<"primary" | "backup"> {
  const { state, assignment, because, failbackHeld, maintenance } = await bed.servers.server();
  if (maintenance !== undefined) await wish(bed, "clearMaintenance");
  if (state !== ServerState.SERVER_STATE_LIVE) {
    throw new Error(`the server is not LIVE but in state ${state}: ${because}`);
  }
  if (assignment === Assignment.ASSIGNMENT_PRIMARY) return "primary";
  if (assignment !== Assignment.ASSIGNMENT_BACKUP)
    throw new Error(`nobody is assigned: ${because}`);
  if (failbackHeld && !isPatienceOver()) throw new Error("the failback is held");
  if (failbackHeld || isHomeWished) {
    await wish(bed, "failback");
    throw new Error("the failback has only begun");
  }
  return "backup";
}

async function checkChannels(bed: ChaosBed, home: "primary" | "backup"): Promise<void> {
  for (const role of ["primary", "backup"] as const) {
    const channels = await bed.servers.channels(role);
    const wanted = role === home ? Activity.ACTIVITY_STARTED : Activity.ACTIVITY_STOPPED;
    for (const name of protectedChannels) {
      const activity = channels.get(name)?.activity;
      if (activity === wanted) continue;
      throw new Error(`${name} on ${role} does ${activity}, not ${wanted}`);
    }
    const own = channels.get("reports")?.activity;
    if (role === "backup" && own !== Activity.ACTIVITY_STARTED) {
      throw new Error(`the backup's own channel does ${own}`);
    }
  }
}

function checkWorkDone(bed: ChaosBed, fed: Fed): void {
  for (const [channel, names] of Object.entries(fed)) {
    const folders = ["outbox", "rejected"].map((each) => {
      return join(bed.servers.exchangeFolder, channel, each);
    });
    const missing = names.find((name) => {
      const result = name.replace(/\.xml$/, ".json");
      return !folders.some((folder) => existsSync(join(folder, result)));
    });
    if (missing !== undefined) throw new Error(`${missing} has no result`);
  }
}

async function checkNothingOpen(bed: ChaosBed): Promise<void> {
  const { monitor, notify } = bed.servers;
  const page = { pageSize: 100, pageToken: "" };
  const asked = { what: "Cannot look for what is open", deadlineMs: callDeadlineMs };
  const { runs } = await call(
    monitor.listRuns.bind(monitor),
    { ...page, serverId: primaryId },
    asked,
  );
  const open = runs.find(({ state, steps }) => {
    const isMailOpen = steps.some((step) => step.kind === "email" && openSteps.has(step.state));
    return state === RunState.RUN_STATE_RUNNING || isMailOpen;
  });
  if (open !== undefined) throw new Error(`run ${open.runId} is not over`);
  const queued = { ...page, state: DeliveryState.DELIVERY_STATE_QUEUED };
  const { deliveries } = await call(notify.listDeliveries.bind(notify), queued, asked);
  if (deliveries.length > 0) throw new Error(`${deliveries.length} mails are not sent`);
  const listed = await bed.servers.signals();
  if (bed.signals.length < listed.length) {
    throw new Error(`${listed.length} signals, but the follower knows ${bed.signals.length}`);
  }
}

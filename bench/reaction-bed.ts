// One primary that can be killed, one backup that takes over, and an outsider's clock on the way
// between them. Every instant is CLOCK_MONOTONIC, read in this process when the news arrives.

import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  Assignment,
  MonitorServiceClient,
  type Server,
  ServerState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import type { ServiceProcess } from "@hot-backup/testbed/service-process.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { Bed } from "./bed.ts";
import { openHeartbeatTap } from "./heartbeat-tap.ts";
import { primaryId, type ReactionAddresses, writeReactionConfig } from "./reaction-config.ts";
import { makeFifo, watchReaction } from "./reaction-news.ts";

/** Long enough for a restart of two services and a failback on a busy machine. */
const steadyWithinMs = 30_000;
const takeoverWithinMs = 10_000;

/** When the news of one takeover arrived here. */
export interface Takeover {
  readonly lastHeartbeatNs: bigint;
  readonly deadNs: bigint;
  readonly startedNs: bigint;
  /** First instruction of the channel's program on the backup. */
  readonly firstInstructionNs: bigint;
}

/** Two servers. */
export interface ReactionBed extends AsyncDisposable {
  /**
   * Resolves to the term when the primary holds its lease and runs the channel, and the backup does
   * not.
   */
  reachSteadyState(): Promise<bigint>;
  /** SIGKILL to both services of the primary. */
  killPrimary(): Promise<void>;
  /** Starts the primary again; does not wait for the failback. */
  startPrimary(): Promise<void>;
  /** The takeover that followed the kill: DEAD and STARTED under this term. */
  findTakeover(term: bigint): Promise<Takeover>;
}

export async function openReactionBed(): Promise<ReactionBed> {
  await using resources = new AsyncDisposableStack();
  const bed = resources.use(new Bed());
  const ports = await chooseFreePorts(4);
  const [heartbeat = "", monitor = "", primaryChannels = "", backupChannels = ""] = ports.map(
    (port) => `127.0.0.1:${port}`,
  );
  const tap = resources.use(await openHeartbeatTap(ports[1] ?? 0));
  const addresses: ReactionAddresses = {
    heartbeat,
    tap: `127.0.0.1:${tap.port}`,
    monitor,
    primaryChannels,
    backupChannels,
  };
  const fifo = makeFifo(bed.folder);
  const { primary, backup } = writeReactionConfig(bed, { ...addresses, fifo });
  const news = resources.use(watchReaction({ monitor, backupChannels, fifo }));
  await bed.start("channels", { configFile: backup, address: backupChannels });
  await bed.start("monitor", { configFile: backup, address: monitor });
  const client = resources.adopt(dial(MonitorServiceClient, monitor), (each) => each.close());
  const running = resources.move();
  let services: ServiceProcess[] = [];
  return {
    startPrimary: async () => {
      services = [
        await bed.start("channels", { configFile: primary, address: primaryChannels }),
        await bed.start("heartbeat", { configFile: primary, address: heartbeat }),
      ];
    },
    killPrimary: async () => {
      for (const service of services) service.send("SIGKILL");
      await Promise.all(services.map((service) => service.ended));
    },
    reachSteadyState: () => reachSteadyState(client, () => news.backupActivity()),
    findTakeover: async (term) => {
      const told = await waitFor(`the takeover under term ${term}`, () => news.find(term), {
        withinMs: takeoverWithinMs,
        everyMs: 50,
      });
      return { ...told, lastHeartbeatNs: tap.lastHeartbeatNs() };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function reachSteadyState(
  client: MonitorServiceClient,
  backupActivity: () => Activity,
): Promise<bigint> {
  const ask = { what: "Cannot ask the monitor for the server", deadlineMs: 1000 };
  return waitFor(
    "the primary to run its channel",
    async () => {
      const { server } = await call(client.getServer.bind(client), { serverId: primaryId }, ask);
      if (server === undefined || !isSteady(server)) return undefined;
      return backupActivity() === Activity.ACTIVITY_STOPPED ? server.term : undefined;
    },
    { withinMs: steadyWithinMs },
  );
}

function isSteady(server: Server): boolean {
  return (
    server.state === ServerState.SERVER_STATE_LIVE &&
    server.assignment === Assignment.ASSIGNMENT_PRIMARY &&
    server.lease?.state?.$case === "held" &&
    server.lease.state.value.term === server.term &&
    server.channels.length > 0 &&
    server.channels.every(({ activity }) => activity === Activity.ACTIVITY_STARTED)
  );
}

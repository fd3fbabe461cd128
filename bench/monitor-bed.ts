// A real monitor that watches many servers, with a real channels service as the target of their
// flow.

import { dial } from "@hot-backup/kit/grpc-dial.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { followSignals } from "@hot-backup/testbed/follow.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { Bed } from "./bed.ts";

/** Group of the monitor and its simulated servers. */
export const group = "bench";

/** What the monitor shall watch. */
export interface MonitorBedOptions {
  /** How many servers, named server-0 and so on. */
  readonly servers: number;
  readonly thresholdMs: number;
  readonly leaseMs: number;
  /** Added to the environment of the monitor. */
  readonly environment?: Record<string, string>;
}

/** A running monitor. */
export interface MonitorBed extends AsyncDisposable {
  readonly address: string;
  readonly monitorPid: number;
  readonly targetPid: number;
  /** DEAD signals since the monitor started. */
  countDeaths(): number;
}

export async function openMonitorBed(options: MonitorBedOptions): Promise<MonitorBed> {
  const bed = new Bed();
  try {
    return await start(bed, options);
  } catch (error) {
    await bed[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(bed: Bed, options: MonitorBedOptions): Promise<MonitorBed> {
  const [monitorPort, targetPort] = await chooseFreePorts(2);
  const address = `127.0.0.1:${monitorPort}`;
  const target = `127.0.0.1:${targetPort}`;
  const configFile = writeConfig(bed, { ...options, address, target });
  const channels = await bed.start("channels", { configFile, address: target });
  const monitor = await bed.start("monitor", {
    configFile,
    address,
    environment: options.environment ?? {},
  });
  const stop = new AbortController();
  let deaths = 0;
  const client = dial(MonitorServiceClient, address);
  const followed = followSignals(client, {
    stop: stop.signal,
    onSignal: ({ signal }) => {
      if (signal === Signal.SIGNAL_DEAD) deaths += 1;
    },
  });
  return {
    address,
    monitorPid: monitor.pid,
    targetPid: channels.pid,
    countDeaths: () => deaths,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await followed;
      client.close();
      await bed[Symbol.asyncDispose]();
    },
  };
}

function writeConfig(
  bed: Bed,
  options: MonitorBedOptions & { address: string; target: string },
): string {
  // By prefix: the target has no channels of these servers, and confirms that at once.
  bed.write("flow.yaml", {
    switch: "/signal",
    cases: {
      DEAD: [{ startChannels: ["*"], on: "backup-1" }],
      LIVE: [{ stopChannels: ["*"], on: "backup-1" }],
    },
  });
  const watched = Array.from({ length: options.servers }, (_, index) => ({
    id: `server-${index}`,
    protection: "lease",
    threshold: `${options.thresholdMs}ms`,
    lease: `${options.leaseMs}ms`,
    failback: "automatic",
    flow: "flow.yaml",
  }));
  return bed.write("backup.yaml", {
    server: "backup-1",
    group,
    dataFolder: "data",
    monitor: {
      listen: options.address,
      targets: { "backup-1": options.target },
      servers: watched,
    },
    channels: { listen: options.target },
  });
}

// The channels service of one server instance: node services/channels/src/main.ts --config FILE
// [--check]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openSystemClock, readBootId } from "@hot-backup/kit/clock.ts";
import { diskFamilies } from "@hot-backup/kit/disk-family.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { runService, type ServiceContext } from "@hot-backup/kit/service.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import { measure } from "./channel-meter.ts";
import { type Config, readConfig } from "./config.ts";
import { restore } from "./core/durable.ts";
import type { State } from "./core/state.ts";
import { deployFiles } from "./deploy-files.ts";
import { createChannelService } from "./grpc/channel-service.ts";
import { openChannelLogs } from "./logs/channel-log.ts";
import { createLoop } from "./loop.ts";
import { channelFamilies } from "./metrics.ts";
import { openProcessRuntime } from "./runtimes/process.ts";
import { openProbe } from "./runtimes/readiness.ts";
import { createRoomCheck, lookAtRoom } from "./store/room.ts";
import { openSqliteStore } from "./store/sqlite.ts";

/** How long running calls may take once every channel has stopped. */
const closeGraceMs = 500;

async function run(context: ServiceContext<Config>): Promise<void> {
  const { config, log, tls, metrics, stop, tellReady } = context;
  const { server: serverId, dataFolder, settings } = config;
  mkdirSync(dataFolder, { recursive: true });
  const clock = openSystemClock();
  const bootId = readBootId();
  using store = openSqliteStore(config.store);
  const programs = { serverId, dataFolder, storeId: store.storeId };
  const runtime = await openProcessRuntime({ ...programs, clock, log });
  const cleared = await runtime.clearEarlierLife();
  if (cleared > 0) log.warn({ processes: cleared }, "Killed what an earlier life left running");
  const logsFolder = join(dataFolder, "logs");
  const logs = openChannelLogs({
    folder: logsFolder,
    bytesMax: config.logBytesMax,
    ...clock,
    onLost: (error) => log.error({ err: error }, "Output of a channel was lost"),
  });
  const now = { bootMs: clock.bootMs(), wallMs: clock.wallMs() };
  const kept = restore(store.load(), settings, now.wallMs);
  const initial = deployFiles(kept, { definitions: config.definitions, store, ...now });
  tellFileless(initial, { config, log });
  const probe = openProbe({ ...programs, nowMs: clock.nowMs });
  const outside = { clock, runtime, logs, log };
  const { loop, meter } = measure(createLoop({ ...outside, initial, store, probe }), clock);
  metrics.add(...channelFamilies({ loop, meter, guards: runtime.guards, logs, clock }));
  metrics.add(...diskFamilies("channels", dataFolder));
  const holder = `${bootId}/${store.place}`;
  const checkRoom = createRoomCheck(() => lookAtRoom({ store: config.store, logsFolder }));
  const service = createChannelService({ ...outside, loop, checkRoom, serverId, bootId, holder });
  const server = await serve(config.listen, { services: [service], log, tls, metrics });
  // Only now: a service that cannot listen has started nothing.
  loop.begin();
  server.setServing(true);
  tellReady();
  log.info({ address: server.address, channels: initial.channels.size }, "Listening");

  await aborted(stop);
  // Answers go on while channels stop: the heartbeat service reports when they have.
  server.setServing(false);
  await loop.stop();
  await server.close(closeGraceMs);
  await runtime.close();
  await logs.close();
}

// Nobody looks for these in a file: what deployed them was a call, or a file that says no more.
function tellFileless(
  state: State,
  { config, log }: Pick<ServiceContext<Config>, "config" | "log">,
) {
  const inFiles = new Set(config.definitions.map(({ definition }) => definition.name));
  const channels = [...state.channels.keys()].filter((name) => !inFiles.has(name));
  if (channels.length > 0) log.info({ channels }, "Deployed, but in no file");
}

await runService({ name: "channels", readConfig, run });

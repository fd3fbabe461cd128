// Runs the heartbeat service: reads the configuration, wires, waits, and ends. Decides nothing.
//
// SIGTERM and SIGINT close the server in good order; SIGUSR2 detaches: the service ends with exit
// code 3, the lease runs on.

import { randomUUID } from "node:crypto";
import { openSystemClock, readBootId } from "@hot-backup/kit/clock.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { serviceIdentity } from "@hot-backup/kit/identity.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { type Ending, runService, type ServiceContext } from "@hot-backup/kit/service.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import { type Config, readConfig } from "./config.ts";
import type { BeatSettings } from "./core/beat-state.ts";
import { openChannels } from "./grpc/channels-client.ts";
import { createMonitors } from "./grpc/monitor-stream.ts";
import { createHeartbeatService } from "./grpc/service.ts";
import { createLoop } from "./loop.ts";
import { heartbeatFamilies } from "./metrics.ts";

/**
 * How long running calls may take when the service ends: the answer to CloseServer is one of them.
 */
const serverGraceMs = 500;

/** The first pause between streams. */
const reconnectFirstMs = 50;

/** Answers that may be lost in a row before a stream is given up. */
const silentIntervals = 3;

await runService({ name: "heartbeat", ownSignals: ["SIGUSR2"], readConfig, run });

async function run(context: ServiceContext<Config>): Promise<Ending> {
  const { config, log, tls, metrics, stop, tellReady } = context;
  const { server: serverId, group, host, protection, intervalMs } = config;
  const identity = { serverId, group, lifeId: randomUUID(), host, protection, intervalMs };
  const clock = openSystemClock();
  const local = tls?.targetOf(serviceIdentity(serverId, "channels"));
  using channels = openChannels(config.channels, { serverId, bootId: readBootId() }, local);
  const loop = createLoop(settingsOf(config), {
    monitors: createMonitors(identity, (address) => monitorAt(address, { config, tls })),
    channels,
    surroundings: { nowMs: clock.nowMs, bootMs: clock.bootMs, chance: Math.random },
    log,
  });
  metrics.add(...heartbeatFamilies(loop, clock));
  const service = createHeartbeatService({ loop, identity, log, clock });
  // First the address: a service that is started twice must fail before it takes the stream of the
  // first.
  const server = await serve(config.listen, { services: [service], log, tls, metrics });
  loop.start();
  process.on("SIGUSR2", () => loop.detach());
  server.setServing(true);
  tellReady();
  log.info({ address: server.address, monitors: config.monitors, protection }, "Heartbeats begin");
  void aborted(stop).then(() =>
    loop.close({ name: "heartbeat", reason: "The service was stopped" }),
  );
  const outcome = await loop.ended;
  log.info(outcome, "Heartbeats end");
  await server.close(serverGraceMs);
  if (outcome.kind === "given_up") {
    throw new Failure("unavailable", {
      message: `Cannot say close for server "${serverId}": its channels may still be running`,
      reason: "NOT_STOPPED",
    });
  }
  return outcome.kind === "detached" ? "detached" : "stopped";
}

// A path of this machine is the only address whose server need not be said: it has no TLS.
function monitorAt(address: string, { config, tls }: { config: Config; tls: Tls | undefined }) {
  const server = config.monitorServers.get(address);
  return server === undefined ? undefined : tls?.targetOf(serviceIdentity(server, "monitor"));
}

function settingsOf(config: Config): BeatSettings {
  return {
    serverId: config.server,
    addresses: config.monitors,
    protection: config.protection,
    intervalMs: config.intervalMs,
    silenceMs: Math.max(silentIntervals * config.intervalMs, config.answerMs),
    reconnectFirstMs,
    reconnectMaxMs: config.reconnectMaxMs,
    stopsOnFailedChannel: config.stopsOnFailedChannel,
    stopMs: config.stopMs,
    closeMs: config.closeMs,
  };
}

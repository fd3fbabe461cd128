// The monitor service: node services/monitor/src/main.ts --config FILE

import { dirname } from "node:path";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { diskFamilies } from "@hot-backup/kit/disk-family.ts";
import { serviceIdentity } from "@hot-backup/kit/identity.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { runService, type ServiceContext } from "@hot-backup/kit/service.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import { callWebhook } from "./actions/webhook.ts";
import { runCommand } from "./actions/command.ts";
import { type MonitorConfig, readMonitorConfig } from "./config.ts";
import { createMonitorService } from "./grpc/monitor-service.ts";
import { noNotifier, openNotifier } from "./grpc/notify-client.ts";
import { openTargets } from "./grpc/target-client.ts";
import { measureJournal } from "./journal-meter.ts";
import { monitorFamilies, type MonitorSources } from "./metrics.ts";
import { Monitor } from "./monitor.ts";
import { RunMeter } from "./run-meter.ts";
import type { StandbyChecks } from "./standby-ports.ts";
import { openSqliteJournal } from "./store/sqlite.ts";
import { nodeTimers } from "./timers.ts";

/**
 * How long running calls may take when the service stops. Heartbeat streams never end by
 * themselves.
 */
const callGraceMs = 200;

await runService({ name: "monitor", readConfig: readMonitorConfig, run });

async function run(context: ServiceContext<MonitorConfig>): Promise<void> {
  const { config, log, tls, metrics, stop, tellReady } = context;
  using stored = openSqliteJournal(config.journalFile);
  const clock = openSystemClock();
  const { journal, meter } = measureJournal(stored, clock);
  const monitorOf = config.servers.map(({ serverId }) => serverId);
  const known = { journalId: journal.journalId, wallMs: clock.wallMs, monitorOf };
  using targets = openTargets(config.targets, { ...known, log, tls });
  const notifier = openNotifierOf(config, tls);
  using monitor = new Monitor({
    server: config.server,
    group: config.group,
    servers: config.servers,
    fences: config.fences,
    mailDelayMs: config.mailDelayMs,
    journal,
    targets,
    notifier,
    actions: { callWebhook, runCommand },
    clock,
    timers: nodeTimers,
    chance: Math.random,
    log,
  });
  const checks: StandbyChecks = {
    checkTarget: (target) => targets.check(target),
    checkMail: () => notifier.check(),
  };
  const service = createMonitorService(monitor, {
    targets: {
      addressOf: (target) => config.targets.get(target) ?? "",
      lastErrorOf: (target) => targets.lastErrorOf(target),
      pictureOf: (target) => targets.pictureOf(target),
    },
    readiness: config.readiness && { checks, policy: config.readiness },
    flowNames: { targets: [...config.targets.keys()], hasNotify: config.notify !== undefined },
  });
  tellNumbers(context, { monitor, journal: meter, of: service });
  const server = await serve(config.listen, { services: [service], log, tls, metrics });
  monitor.start();
  server.setServing(true);
  tellReady();
  log.info({ address: server.address, journal: config.journalFile }, "Listening");
  await aborted(stop);
  server.setServing(false);
  await monitor.release();
  // From here on nothing is decided: a stream that this stop ends must not look like a silence.
  monitor[Symbol.dispose]();
  await server.close(callGraceMs);
}

function tellNumbers(
  { config, metrics }: ServiceContext<MonitorConfig>,
  given: Pick<MonitorSources, "monitor" | "journal" | "of">,
): void {
  const runs = new RunMeter(given.monitor.parts.clock.wallMs());
  given.monitor.subscribe(runs);
  metrics.add(...monitorFamilies({ ...given, runs, targets: [...config.targets.keys()] }));
  metrics.add(...diskFamilies("journal", dirname(config.journalFile)));
}

function openNotifierOf({ notify, server }: MonitorConfig, tls: Tls | undefined) {
  if (notify === undefined) return noNotifier;
  const expected = serviceIdentity(notify.server ?? server, "notify");
  return openNotifier(notify.address, tls?.targetOf(expected));
}

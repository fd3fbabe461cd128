// The notify service: node services/notify/src/main.ts --config FILE

import { dirname } from "node:path";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { diskFamilies } from "@hot-backup/kit/disk-family.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { runService, type ServiceContext } from "@hot-backup/kit/service.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import { type Config, readConfig } from "./config.ts";
import { DeliveryMeter } from "./delivery-meter.ts";
import { createNotifyService } from "./grpc/notify-service.ts";
import { Delivery } from "./loop.ts";
import { notifyFamilies } from "./metrics.ts";
import { openSqliteLedger } from "./store/sqlite.ts";
import { messageTemplate } from "./templates/message.ts";
import { readinessTemplate } from "./templates/readiness.ts";
import { signalTemplate } from "./templates/signal.ts";
import { createWriter } from "./templates/template.ts";
import { TransportCheck } from "./transport-check.ts";
import { createSmtpTransport } from "./transports/smtp.ts";

/** How long running calls may take when the service stops; they take milliseconds. */
const callGraceMs = 1000;

/** Templates that need no folder. */
const builtIn = [signalTemplate, readinessTemplate, messageTemplate];

await runService({ name: "notify", readConfig, run });

async function run(context: ServiceContext<Config>): Promise<void> {
  const { config, log, tls, metrics, stop, tellReady } = context;
  using ledger = openSqliteLedger(config.store);
  const clock = openSystemClock();
  const transport = openTransport(config);
  const meter = new DeliveryMeter();
  metrics.add(...notifyFamilies({ ledger, meter, outboxMax: config.outboxMax, clock }));
  metrics.add(...diskFamilies("outbox", dirname(config.store)));
  const delivery = new Delivery({
    ledger,
    transport,
    clock,
    chance: Math.random,
    log,
    meter,
    backoff: config.retry,
    policy: config.retry,
    attemptsMax: config.poolConnections,
    ledgerKeepMs: config.ledgerKeepMs,
  });
  const service = createNotifyService({
    ledger,
    write: createWriter([...builtIn, ...config.templates]),
    clock,
    log,
    domain: config.domain,
    outboxMax: config.outboxMax,
    transport: new TransportCheck(transport, clock),
    wake: () => delivery.wake(),
  });
  const server = await serve(config.listen, { services: [service], log, tls, metrics });
  server.setServing(true);
  tellReady();
  delivery.wake();
  log.info({ address: server.address, store: config.store }, "Listening");
  await aborted(stop);
  await server.close(callGraceMs);
  await delivery.close(config.timeouts.stopMs);
  transport.close();
}

function openTransport({ smtp, from, poolConnections, timeouts }: Config) {
  return createSmtpTransport({
    ...smtp,
    from,
    connectionsMax: poolConnections,
    connectionTimeoutMs: timeouts.connectionMs,
    greetingTimeoutMs: timeouts.greetingMs,
    socketTimeoutMs: timeouts.socketMs,
    attemptTimeoutMs: timeouts.attemptMs,
  });
}

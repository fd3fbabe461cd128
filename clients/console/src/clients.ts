// Clients of every configured service, each dialed as the very one that is meant.

import { type ClientConstructor, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serviceIdentity, type ServiceName } from "@hot-backup/kit/identity.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import { HealthClient } from "@hot-backup/proto/grpc/health/v1/health.ts";
import { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { HeartbeatServiceClient } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import type { Config } from "./config.ts";

/** The clients of one kind of service, by the ids of their servers. */
type ByServer<Client> = ReadonlyMap<string, Client>;

export class Clients implements Disposable {
  readonly monitors: ByServer<MonitorServiceClient>;
  readonly channels: ByServer<ChannelServiceClient>;
  readonly heartbeats: ByServer<HeartbeatServiceClient>;
  readonly notifies: ByServer<NotifyServiceClient>;
  readonly #config: Config;
  readonly #tls: Tls | undefined;
  readonly #open: { close(): void }[] = [];

  constructor(config: Config, tls: Tls | undefined) {
    this.#config = config;
    this.#tls = tls;
    this.monitors = this.#dialAll("monitor", MonitorServiceClient);
    this.channels = this.#dialAll("channels", ChannelServiceClient);
    this.heartbeats = this.#dialAll("heartbeat", HeartbeatServiceClient);
    this.notifies = this.#dialAll("notify", NotifyServiceClient);
  }

  /** Asks a service whether it is there, on a connection that it shares with the other client. */
  health(service: ServiceName, server: string): HealthClient {
    return this.#dial(HealthClient, { service, server });
  }

  [Symbol.dispose](): void {
    for (const client of this.#open) client.close();
  }

  #dialAll<Client extends { close(): void }>(
    service: ServiceName,
    constructor: ClientConstructor<Client>,
  ): ByServer<Client> {
    const servers = [...this.#config.services[service].keys()];
    return new Map(servers.map((server) => [server, this.#dial(constructor, { service, server })]));
  }

  #dial<Client extends { close(): void }>(
    constructor: ClientConstructor<Client>,
    { service, server }: { service: ServiceName; server: string },
  ): Client {
    const address = this.#config.services[service].get(server);
    if (address === undefined) throw unknownService(service, server);
    const secure = this.#tls?.targetOf(serviceIdentity(server, service));
    const client = dial(constructor, address, secure);
    this.#open.push(client);
    return client;
  }
}

/** Finds the client of a server. Throws UNKNOWN_SERVICE. */
export function pick<Client>(
  clients: ByServer<Client>,
  { service, server }: { service: ServiceName; server: string },
): Client {
  const client = clients.get(server);
  if (client === undefined) throw unknownService(service, server);
  return client;
}

function unknownService(service: ServiceName, server: string): Failure {
  const message = `Cannot ask the ${service} service of "${server}": console.servers has none`;
  return new Failure("not_found", { message, reason: "UNKNOWN_SERVICE" });
}

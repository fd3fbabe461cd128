// Starts to listen to every configured service.

import type { ServiceName } from "@hot-backup/kit/identity.ts";
import type { Board } from "../board.ts";
import { type Clients, pick } from "../clients.ts";
import type { Config } from "../config.ts";
import { followChannels } from "./channels-source.ts";
import { followHeartbeat } from "./heartbeat-source.ts";
import type { Link } from "./attempt.ts";
import { keepSource, type SourceContext } from "./keep-source.ts";
import { followMonitor } from "./monitor-source.ts";
import { followNotify } from "./notify-source.ts";

/** Listens until `stop` aborts; then resolves. */
export async function listenToAll(given: {
  config: Config;
  clients: Clients;
  board: Board;
  nowMs: () => number;
  stop: AbortSignal;
}): Promise<void> {
  const { config, clients, board, nowMs, stop } = given;
  const keep = (service: ServiceName, follow: Follow) =>
    [...config.services[service]].map(([server, address]) => {
      const context = { board, server, nowMs };
      return keepSource(context, { service, address, stop, follow: follow(context) });
    });
  await Promise.all([
    ...keep("monitor", (context) => {
      const monitor = pick(clients.monitors, { service: "monitor", server: context.server });
      return (link) => followMonitor(context, { monitor, link });
    }),
    ...keep("channels", (context) => {
      const channels = pick(clients.channels, { service: "channels", server: context.server });
      const health = clients.health("channels", context.server);
      return (link) => followChannels(context, { channels, health, link });
    }),
    ...keep("heartbeat", (context) => {
      const heartbeat = pick(clients.heartbeats, { service: "heartbeat", server: context.server });
      return (link) => followHeartbeat(context, { heartbeat, link });
    }),
    ...keep("notify", (context) => {
      const notify = pick(clients.notifies, { service: "notify", server: context.server });
      const health = clients.health("notify", context.server);
      return (link) => followNotify(context, { notify, health, link });
    }),
  ]);
}

/** What is done with a source of some kind, whenever it is connected. */
type Follow = (context: SourceContext) => (link: Link) => Promise<unknown>;

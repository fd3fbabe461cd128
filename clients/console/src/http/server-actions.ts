// What an operator has done with a watched server. Each goes to the monitor with the operator's
// name and reason, and so into its history.

import { toDuration } from "@hot-backup/kit/duration.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type {
  MonitorServiceClient,
  Server,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Actor } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { z } from "zod";
import { toServerView } from "../convert/server-view.ts";
import { tellAction } from "./audit.ts";
import { decideWithinMs } from "./deadlines.ts";
import type { App, Workplace } from "./env.ts";
import { operatorsOnly, personOf } from "./guards.ts";
import { readBody, readServer, reason } from "./input.ts";
import { askedMonitor } from "./monitor-routes.ts";

const secondMs = 1000;
const dayMs = 86_400_000;
const expiryMessage = "must be milliseconds from 1 s to 30 days";

const bodies = {
  reason: z.strictObject({ reason }),
  confirm: z.strictObject({ reason, target: z.string().min(1).max(200) }),
  maintenance: z.strictObject({
    reason,
    expiryMs: z
      .number(expiryMessage)
      .min(secondMs, expiryMessage)
      .max(30 * dayMs, expiryMessage)
      .optional(),
  }),
};

/** What is asked of a monitor, once the operator is known. */
interface Asking<Body> {
  readonly monitor: MonitorServiceClient;
  readonly serverId: string;
  readonly actor: Actor;
  readonly body: Body;
}

/** One action. */
interface Action<Body extends { readonly reason: string }> {
  readonly name: string;
  readonly body: z.ZodType<Body>;
  /** What a refusal begins with. */
  readonly what: (serverId: string) => string;
  readonly ask: (
    asking: Asking<Body>,
    options: { what: string; deadlineMs: number },
  ) => Promise<{ readonly server: Server | undefined }>;
}

export function addServerActions(app: App, workplace: Workplace): void {
  add(app, workplace, {
    name: "failback",
    body: bodies.reason,
    what: (server) => `Cannot fail ${server} back`,
    ask: ({ monitor, serverId, actor }, options) =>
      call(monitor.failback.bind(monitor), { serverId, actor }, options),
  });
  add(app, workplace, {
    name: "switchover",
    body: bodies.reason,
    what: (server) => `Cannot switch ${server} over`,
    ask: ({ monitor, serverId, actor }, options) =>
      call(monitor.switchover.bind(monitor), { serverId, actor }, options),
  });
  add(app, workplace, {
    name: "confirm-stopped",
    body: bodies.confirm,
    what: (server) => `Cannot confirm that a target runs nothing of ${server}`,
    ask: ({ monitor, serverId, actor, body: { target } }, options) =>
      call(monitor.confirmStopped.bind(monitor), { serverId, actor, target }, options),
  });
  add(app, workplace, {
    name: "set-maintenance",
    body: bodies.maintenance,
    what: (server) => `Cannot set maintenance of ${server}`,
    ask: ({ monitor, serverId, actor, body: { expiryMs } }, options) => {
      const expiry = expiryMs === undefined ? undefined : toDuration(expiryMs);
      return call(monitor.setMaintenance.bind(monitor), { serverId, actor, expiry }, options);
    },
  });
  add(app, workplace, {
    name: "clear-maintenance",
    body: bodies.reason,
    what: (server) => `Cannot clear maintenance of ${server}`,
    ask: ({ monitor, serverId, actor }, options) =>
      call(monitor.clearMaintenance.bind(monitor), { serverId, actor }, options),
  });
}

function add<Body extends { readonly reason: string }>(
  app: App,
  workplace: Workplace,
  action: Action<Body>,
): void {
  const path = `/api/monitors/:monitor/servers/:server/${action.name}`;
  app.post(path, operatorsOnly, async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const serverId = readServer(asked, "server");
    const body = await readBody(asked, action.body);
    const { name } = personOf(asked);
    const actor = { name, reason: body.reason };
    const options = { what: action.what(serverId), deadlineMs: decideWithinMs };
    const { server } = await tellAction(
      workplace.log,
      { name, action: action.name, subject: serverId },
      () => action.ask({ monitor, serverId, actor, body }, options),
    );
    if (server === undefined) throw new Error(`${options.what}: the answer has no server`);
    return asked.json(toServerView(server, heard()));
  });
}

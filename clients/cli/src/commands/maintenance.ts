// `maintenance`: keeps a server from being declared dead while somebody works on it.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import { parseServer, parseSpan, reasonOption } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { decidingMs } from "../services.ts";
import type { Session } from "../session.ts";
import { tellServer } from "../tell-server.ts";

/** What was asked for. */
interface MaintenanceOptions {
  readonly reason: string;
  readonly for?: Duration;
}

export const addMaintenance: AddCommand = (program, run) => {
  const group = program.command("maintenance").description("work on a server without a failover");
  group
    .command("set")
    .description("declare nothing about a server until it is cleared, or for a time")
    .argument("<server>", "id of the server", parseServer)
    .addOption(reasonOption().makeOptionMandatory())
    .option("--for <duration>", 'how long, such as "2h"; default: until cleared', parseSpan)
    .action((server: string, options: MaintenanceOptions) =>
      run((session) => setMaintenance(session, server, options)),
    );
  group
    .command("clear")
    .description("end it: the threshold counts anew")
    .argument("<server>", "id of the server", parseServer)
    .addOption(reasonOption().makeOptionMandatory())
    .action((server: string, options: MaintenanceOptions) =>
      run((session) => clearMaintenance(session, server, options)),
    );
};

async function setMaintenance(
  session: Session,
  serverId: string,
  options: MaintenanceOptions,
): Promise<undefined> {
  const { address, client } = await monitorOf(session.services, serverId);
  const request = { serverId, actor: session.actor(options.reason), expiry: options.for };
  const what = `Cannot set maintenance of ${serverId}`;
  const method = client.setMaintenance.bind(client);
  const { server } = await call(method, request, { what, deadlineMs: decidingMs });
  tellServer(session, { server, address });
}

async function clearMaintenance(
  session: Session,
  serverId: string,
  options: MaintenanceOptions,
): Promise<undefined> {
  const { address, client } = await monitorOf(session.services, serverId);
  const request = { serverId, actor: session.actor(options.reason) };
  const what = `Cannot clear maintenance of ${serverId}`;
  const method = client.clearMaintenance.bind(client);
  const { server } = await call(method, request, { what, deadlineMs: decidingMs });
  tellServer(session, { server, address });
}

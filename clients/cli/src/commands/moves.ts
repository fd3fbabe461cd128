// `switchover` and `failback`: move the channels of a server to its backup, and home again. Both
// stop channels somewhere, so both show what will happen and ask.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { FlowReason } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Command } from "commander";
import { confirm } from "../confirm.ts";
import { parseServer, reasonOption, yesOption } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import { previewMove } from "../plan.ts";
import type { AddCommand } from "../program.ts";
import { decidingMs } from "../services.ts";
import type { Session } from "../session.ts";
import { tellServer } from "../tell-server.ts";

/** What was asked for. */
interface MoveOptions {
  readonly reason: string;
  readonly yes?: true;
}

export const addMoves: AddCommand = (program, run) => {
  addMoveOptions(program.command("switchover"))
    .description("move the channels of a live server to its backup")
    .action((server: string, options: MoveOptions) =>
      run((session) => switchOver(session, server, options)),
    );
  addMoveOptions(program.command("failback"))
    .description("give the channels back to a live server, also when the failback is held")
    .action((server: string, options: MoveOptions) =>
      run((session) => failBack(session, server, options)),
    );
};

function addMoveOptions(command: Command): Command {
  return command
    .argument("<server>", "id of the server", parseServer)
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption());
}

async function switchOver(
  session: Session,
  serverId: string,
  options: MoveOptions,
): Promise<undefined> {
  const { services, output } = session;
  const title = `Its channels stop on ${serverId}, and then the flow does as on DEAD:`;
  const { address, client } = await monitorOf(services, serverId);
  const preview = await previewMove({ address, client }, output, {
    serverId,
    signal: Signal.SIGNAL_DEAD,
    reason: FlowReason.FLOW_REASON_SWITCHOVER,
    title,
  });
  await confirm(session, { preview, word: serverId, isConfirmed: options.yes === true });
  const request = { serverId, actor: session.actor(options.reason) };
  const method = client.switchover.bind(client);
  const what = `Cannot switch ${serverId} over`;
  const { server } = await call(method, request, { what, deadlineMs: decidingMs });
  tellServer(session, { server, address });
}

async function failBack(
  session: Session,
  serverId: string,
  options: MoveOptions,
): Promise<undefined> {
  const { services, output } = session;
  const title =
    "The flow does as on LIVE. " +
    `When the backup has stopped the channels, ${serverId} starts them:`;
  const { address, client } = await monitorOf(services, serverId);
  const preview = await previewMove({ address, client }, output, {
    serverId,
    signal: Signal.SIGNAL_LIVE,
    reason: FlowReason.FLOW_REASON_FAILBACK,
    title,
  });
  await confirm(session, { preview, word: serverId, isConfirmed: options.yes === true });
  const request = { serverId, actor: session.actor(options.reason) };
  const method = client.failback.bind(client);
  const what = `Cannot fail ${serverId} back`;
  const { server } = await call(method, request, { what, deadlineMs: decidingMs });
  tellServer(session, { server, address });
}

// `channels`: what a server runs; deploy, start, stop and read it.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Channel } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { Command } from "commander";
import {
  askServers,
  chooseServer,
  isMeant,
  listChannels,
  printChannels,
  printSilent,
  silentToJson,
  tellResults,
} from "../channels.ts";
import { confirm } from "../confirm.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { parseChannels, reasonOption, serverOption, yesOption } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import { orderingMs } from "../services.ts";
import type { Session } from "../session.ts";
import { channelHeading, channelRow } from "../text/channel-rows.ts";
import { printable } from "../text/printable.ts";
import { printTable } from "../text/table.ts";
import { addDeploy } from "./deploy.ts";
import { addLog } from "./channel-log.ts";
import { addOverrides } from "./overrides.ts";

/** What was asked for. */
interface WishOptions {
  readonly server?: string;
  readonly reason?: string;
  readonly yes?: true;
}

export const addChannels: AddCommand = (program, run) => {
  const group = program.command("channels").description("what each server runs");
  group
    .command("list")
    .description("the channels of every server, as its own channels service tells them")
    .addOption(serverOption())
    .action((options: WishOptions) => run((session) => tellChannels(session, options)));
  addDeploy(group, run);
  addWish(group.command("undeploy"))
    .description("stop a channel and forget its definition; its log is kept")
    .argument("<name>", "the channel")
    .addOption(yesOption())
    .action((name: string, options: WishOptions) =>
      run((session) => undeploy(session, name, options)),
    );
  addWish(group.command("start"))
    .description("start channels; protected ones start with a lease or an order only")
    .argument("<names...>", 'channels, or prefixes such as "orders*"', parseChannels)
    .action((names: readonly string[], options: WishOptions) =>
      run((session) => start(session, names, options)),
    );
  addWish(group.command("stop"))
    .description("stop channels until they are started again")
    .argument("<names...>", 'channels, or prefixes such as "orders*"', parseChannels)
    .addOption(yesOption())
    .action((names: readonly string[], options: WishOptions) =>
      run((session) => stop(session, names, options)),
    );
  addLog(group, run);
  addOverrides(group, run);
};

function addWish(command: Command): Command {
  return command.addOption(serverOption()).addOption(reasonOption());
}

async function tellChannels(session: Session, options: WishOptions): Promise<ExitCode> {
  const { output } = session;
  const { told, silent } = await askServers(session, options.server);
  if (output.isJson) {
    const channels = told.flatMap(({ news }) => news.channels);
    output.document({
      channels: channels.map((each) => Channel.toJSON(each)),
      unknown: silentToJson(silent),
    });
  } else {
    const rows = told.flatMap(({ server, news }) =>
      news.channels.map((each) => channelRow(server, each)),
    );
    output.lines([
      ...(told.length === 0 ? [] : printTable(channelHeading, rows, output.paint)),
      ...printSilent(silent, output.paint),
    ]);
  }
  return silent.length === 0 ? exitCodes.done : exitCodes.unreachable;
}

async function start(
  session: Session,
  names: readonly string[],
  options: WishOptions,
): Promise<ExitCode> {
  const server = chooseServer(session.services, options.server);
  const client = session.services.channels(server);
  const actor = session.actor(options.reason ?? "");
  const request = { names, order: undefined, actor, override: undefined };
  const what = `Cannot start channels of ${server}`;
  const method = client.startChannels.bind(client);
  const { results } = await call(method, request, { what, deadlineMs: orderingMs });
  return tellResults(session, results);
}

async function stop(
  session: Session,
  names: readonly string[],
  options: WishOptions,
): Promise<ExitCode> {
  const server = chooseServer(session.services, options.server);
  const preview = await previewEnd(session, { server, names, title: `These stop on ${server}:` });
  await confirm(session, { preview, word: server, isConfirmed: options.yes === true });
  const client = session.services.channels(server);
  const request = { names, order: undefined, actor: session.actor(options.reason ?? "") };
  const what = `Cannot stop channels of ${server}`;
  const method = client.stopChannels.bind(client);
  const { results } = await call(method, request, { what, deadlineMs: orderingMs });
  return tellResults(session, results);
}

async function undeploy(session: Session, name: string, options: WishOptions): Promise<undefined> {
  const { output } = session;
  const server = chooseServer(session.services, options.server);
  const title = `This stops on ${server}, and its definition is forgotten:`;
  const preview = await previewEnd(session, { server, names: [name], title });
  await confirm(session, { preview, word: name, isConfirmed: options.yes === true });
  const client = session.services.channels(server);
  const request = { name, actor: session.actor(options.reason ?? "") };
  const what = `Cannot undeploy ${name} from ${server}`;
  const method = client.undeployChannel.bind(client);
  const { channel } = await call(method, request, { what, deadlineMs: orderingMs });
  if (output.isJson) output.document({ channel: channel && Channel.toJSON(channel) });
  else output.lines([printable(`${name} is gone from ${server}; its log is kept`)]);
}

// What runs there now, and who may start it again.
async function previewEnd(
  { services, output }: Session,
  { server, names, title }: { server: string; names: readonly string[]; title: string },
): Promise<string[]> {
  const all = await listChannels(services, server);
  const meant = all.filter((each) => isMeant(each, names));
  const owners = new Set(meant.map((each) => each.definition?.protectedBy ?? "").values());
  owners.delete("");
  const warnings = [...owners].map((owner) =>
    output.paint(
      "warning",
      `Some are protected by ${owner}: its monitor may start them again. ` +
        "To move them use switchover or failback.",
    ),
  );
  return [
    output.paint("heading", printable(title)),
    ...printChannels(server, meant, output.paint),
    ...warnings,
  ];
}

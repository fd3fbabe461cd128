// `confirm-stopped`: an operator's word that a target which cannot answer runs nothing. A wrong one
// lets two servers run the same channels, so nothing here is done by accident.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { misuse } from "../complaint.ts";
import { confirm } from "../confirm.ts";
import { parseServer, reasonOption, yesOption } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import { readServer } from "../plan.ts";
import type { AddCommand } from "../program.ts";
import { decidingMs, type MonitorAt } from "../services.ts";
import type { Session } from "../session.ts";
import { tellServer } from "../tell-server.ts";
import { printBetween } from "../text/ages.ts";
import { printable } from "../text/printable.ts";
import { printServers } from "../text/server-page.ts";

/** What was asked for. */
interface ConfirmOptions {
  readonly reason: string;
  readonly yes?: true;
}

export const addConfirmStopped: AddCommand = (program, run) => {
  program
    .command("confirm-stopped")
    .description("give your word that a target which cannot answer runs nothing of a server")
    .argument("<server>", "id of the server whose channels are meant", parseServer)
    .argument("<target>", "name of the target that cannot answer")
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action((server: string, target: string, options: ConfirmOptions) =>
      run((session) => confirmStopped(session, { server, target }, options)),
    );
};

async function confirmStopped(
  session: Session,
  { server: serverId, target }: { server: string; target: string },
  options: ConfirmOptions,
): Promise<undefined> {
  const { services } = session;
  const monitor = await monitorOf(services, serverId);
  const preview = await previewTarget(session, monitor, { serverId, name: target });
  await confirm(session, { preview, word: target, isConfirmed: options.yes === true });
  const request = { serverId, target, actor: session.actor(options.reason) };
  const method = monitor.client.confirmStopped.bind(monitor.client);
  const what = `Cannot confirm that ${target} runs nothing of ${serverId}`;
  const { server } = await call(method, request, { what, deadlineMs: decidingMs });
  tellServer(session, { server, address: monitor.address });
}

async function previewTarget(
  { output }: Session,
  monitor: MonitorAt,
  { serverId, name }: { serverId: string; name: string },
): Promise<string[]> {
  const server = await readServer(monitor, serverId);
  const target = server.targets.find((each) => each.name === name);
  if (target === undefined) {
    const names = server.targets.map((each) => each.name).join(", ") || "none";
    throw misuse(
      `Cannot confirm anything of "${name}": it is no target of ${serverId}`,
      `its targets: ${names}`,
    );
  }
  const { paint } = output;
  const { address } = monitor;
  const answers = target.watched
    ? "answers the monitor: it can speak for itself"
    : "does not answer";
  return [
    ...printServers([server], { paint, address }),
    "",
    printable(`Target ${name} at ${target.address} ${answers}`),
    printable(`  last word: ${printBetween(target.lastWordAt, server.asOf)} ago`),
    printable(`  last error: ${target.lastError || "-"}`),
    "",
    paint("bad", `Your word counts as proof that ${name} runs no channel of ${serverId}.`),
    paint("bad", "If it is wrong, two servers run the same channels, and work is done twice."),
    "Look at the machine, or cut its power, before you go on.",
  ];
}

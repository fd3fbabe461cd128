// `override`: break glass. Starts protected channels without a lease or an order, because there is
// no monitor that could give one. Two servers may then run the same channels: nothing here is
// shortened, and the reason is asked for.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { isMeant, listChannels, printChannels, tellResults } from "../channels.ts";
import { toComplaint } from "../complaint.ts";
import { confirm } from "../confirm.ts";
import type { ExitCode } from "../exit-code.ts";
import { parseChannels, parseServer, reasonOption, yesOption } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import { readServer } from "../plan.ts";
import type { AddCommand } from "../program.ts";
import { orderingMs } from "../services.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";
import { printServers } from "../text/server-page.ts";

/** What was asked for. */
interface OverrideOptions {
  /** Where the channels are to run. */
  readonly on: string;
  /** Whose channels they are. */
  readonly of: string;
  readonly reason: string;
  readonly yes?: true;
}

export const addOverride: AddCommand = (program, run) => {
  program
    .command("override")
    .description("break glass: start protected channels without any monitor")
    .argument("<names...>", 'channels, or prefixes such as "orders*"', parseChannels)
    .requiredOption("--on <server>", "the server that is to run them", parseServer)
    .requiredOption("--of <server>", "the server that protects them", parseServer)
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action((names: readonly string[], options: OverrideOptions) =>
      run((session) => override(session, names, options)),
    );
};

async function override(
  session: Session,
  names: readonly string[],
  options: OverrideOptions,
): Promise<ExitCode> {
  const { on, of, reason } = options;
  const preview = await previewOverride(session, names, options);
  const word = `override ${of}`;
  await confirm(session, { preview, word, isConfirmed: options.yes === true });
  const client = session.services.channels(on);
  const request = {
    names,
    order: undefined,
    actor: session.actor(reason),
    override: { serverId: of },
  };
  const what = `Cannot override on ${on}`;
  const method = client.startChannels.bind(client);
  const { results } = await call(method, request, { what, deadlineMs: orderingMs });
  return tellResults(session, results);
}

async function previewOverride(
  session: Session,
  names: readonly string[],
  { on, of }: OverrideOptions,
): Promise<string[]> {
  const { services, output } = session;
  const { paint } = output;
  const channels = await listChannels(services, on);
  const meant = channels
    .filter((each) => each.definition?.protectedBy === of)
    .filter((each) => isMeant(each, names));
  const other = of === on ? "the backup" : of;
  return [
    ...(await monitorLines(session, of)),
    "",
    paint("heading", printable(`These start on ${on}, without a lease and without an order:`)),
    ...printChannels(on, meant, paint),
    "",
    paint(
      "bad",
      printable(`Nothing keeps ${other} from running them too: work may be done twice.`),
    ),
    printable(`Make sure that they run nowhere else: look at ${other}, or cut its power.`),
    "The next contact with the monitor ends it; docs/guarantees.md says what happens then.",
  ];
}

// The service refuses an override while a monitor answers; here the operator sees it before.
async function monitorLines({ services, output }: Session, serverId: string): Promise<string[]> {
  try {
    const monitor = await monitorOf(services, serverId);
    const { address } = monitor;
    const server = await readServer(monitor, serverId);
    return [
      output.paint("warning", printable(`The monitor at ${address} answers: ask it instead.`)),
      ...printServers([server], { paint: output.paint, address }),
    ];
  } catch (error) {
    return [printable(`${serverId} is UNKNOWN: ${toComplaint(error).message}`)];
  }
}

// `channels log`: the last lines of a channel's output, and new ones as they come.

import { follow } from "@hot-backup/client/follow.ts";
import { listenForStop } from "@hot-backup/kit/stop.ts";
import { LogLine } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { chooseServer } from "../channels.ts";
import { parseCount, serverOption } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import type { Session } from "../session.ts";
import { printInstant } from "../text/ages.ts";
import { printable } from "../text/printable.ts";

/** As many as a channels service tells at once. */
const linesMax = 10_000;

/** What was asked for. */
interface LogOptions {
  readonly server?: string;
  readonly lines: number;
  readonly follow?: true;
}

export const addLog: AddCommand = (group, run) => {
  group
    .command("log")
    .description("what a channel prints")
    .argument("<name>", "the channel")
    .addOption(serverOption())
    .option("-n, --lines <count>", "at most so many of the last lines", parseCount(linesMax), 100)
    .option("-f, --follow", "go on with new lines until Ctrl-C")
    .action((name: string, options: LogOptions) =>
      run((session) => tellLog(session, name, options)),
    );
};

async function tellLog(session: Session, name: string, options: LogOptions): Promise<undefined> {
  const { services, output } = session;
  const server = chooseServer(services, options.server);
  const request = { name, tailLines: options.lines, follow: options.follow === true };
  await follow(services.channels(server).readChannelLog(request), {
    what: `Cannot read the log of ${name} on ${server}`,
    stop: listenForStop(),
    onData: ({ lines }) => {
      if (output.isJson) for (const line of lines) output.entry(LogLine.toJSON(line));
      else output.lines(lines.map((line) => printLine(line, output)));
    },
  });
}

function printLine({ at, source, text }: LogLine, { paint }: Session["output"]): string {
  const beside = paint("quiet", `${printInstant(at)} ${source.padEnd(7)}`);
  return `${beside} ${printable(text)}`;
}

// `channels overrides`: where somebody broke the glass, now and in the past, as each channels
// service tells it.

import { OverrideRecord } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { askServers, printSilent, silentToJson } from "../channels.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { serverOption } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import type { Session } from "../session.ts";
import { printOverrides } from "../text/override-rows.ts";

export const addOverrides: AddCommand = (group, run) => {
  group
    .command("overrides")
    .description("overrides in force, and the last ones that have ended")
    .addOption(serverOption())
    .action(({ server }: { server?: string }) => run((session) => tellOverrides(session, server)));
};

async function tellOverrides(session: Session, server: string | undefined): Promise<ExitCode> {
  const { output } = session;
  const { told, silent } = await askServers(session, server);
  const overrides = told.flatMap(({ server: on, news }) =>
    news.overrides.map((override) => ({ server: on, override })),
  );
  // What is in force comes first; the services tell the newest first.
  const isPast = ({ override }: (typeof overrides)[number]) =>
    Number(override.endedAt !== undefined);
  const sorted = overrides.toSorted((one, other) => isPast(one) - isPast(other));
  if (output.isJson) {
    output.document({
      overrides: sorted.map(({ server: on, override }) => {
        return { on, override: OverrideRecord.toJSON(override) };
      }),
      unknown: silentToJson(silent),
    });
  } else {
    const none = told.length === 0 ? [] : ["there has been no override"];
    output.lines(sorted.length === 0 ? none : printOverrides(sorted, output.paint));
    output.lines(printSilent(silent, output.paint));
  }
  return silent.length === 0 ? exitCodes.done : exitCodes.unreachable;
}

// `status`: the overview of a profile, once.

import { Channel, OverrideRecord } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Server, SignalRecord } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { exitCodes } from "../exit-code.ts";
import type { AddCommand } from "../program.ts";
import type { Work } from "../session.ts";
import { gather, hasAll, type Overview } from "../status/gather.ts";
import type { Source } from "../status/source.ts";
import { printStatus } from "../status/status-page.ts";

export const addStatus: AddCommand = (program, run) => {
  program
    .command("status")
    .description("servers, channels, last signals and mail, once")
    .action(() => run(tellStatus));
};

const tellStatus: Work = async ({ services, output }) => {
  // All were asked at this moment: an answer does not grow old while the others are waited for.
  const nowMs = performance.now();
  const overview = await gather(services);
  if (output.isJson) output.document(toJson(overview));
  else output.lines(printStatus(overview, { paint: output.paint, nowMs }));
  return hasAll(overview) ? exitCodes.done : exitCodes.unreachable;
};

/** The shape that docs/cli.md promises to programs. */
function toJson({ monitors, channels, mail }: Overview): unknown {
  return {
    monitors: [...monitors.values()].map((monitor) =>
      sourceToJson(monitor, ({ servers, signals }) => ({
        servers: servers.map((each) => Server.toJSON(each)),
        signals: signals.map((each) => SignalRecord.toJSON(each)),
      })),
    ),
    channels: [...channels].map(([server, source]) => ({
      serverId: server,
      ...sourceToJson(source, (news) => ({
        channels: news.channels.map((each) => Channel.toJSON(each)),
        overrides: news.overrides.map((each) => OverrideRecord.toJSON(each)),
      })),
    })),
    ...(mail && { mail: sourceToJson(mail, (news) => ({ ...news })) }),
  };
}

// A service that does not answer has no other field that could be taken for its state.
function sourceToJson<Value>(
  { address, last, problem }: Source<Value>,
  write: (value: Value) => object,
): object {
  if (last === undefined || problem !== undefined) {
    return { address, state: "UNKNOWN", error: problem ?? "not asked" };
  }
  return { address, state: "ANSWERS", ...write(last.value) };
}

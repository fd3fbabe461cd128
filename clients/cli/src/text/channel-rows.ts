// Channels as rows of a table: what each does, as its own channels service tells it.

import type { Channel } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { printBetween } from "./ages.ts";
import type { Row } from "./table.ts";
import { activationWord, activityWord } from "./words.ts";

/** ON is the server where it is; OF is the one that protects it. */
export const channelHeading = [
  "CHANNEL",
  "ON",
  "ACTIVITY",
  "ACTIVATION",
  "FOR",
  "TERM",
  "RESTARTS",
  "OF",
] as const;

/** One row. `server` is whose channels service told it. */
export function channelRow(server: string, channel: Channel): Row {
  const { definition, order, changedAt, asOf, override } = channel;
  const activity = activityWord(channel.activity);
  const isOverridden = override !== undefined;
  return [
    definition?.name ?? "",
    server,
    isOverridden ? { text: `${activity.text} (OVERRIDE)`, style: "bad" } : activity,
    activationWord(channel.activation),
    printBetween(changedAt, asOf),
    order === undefined ? "-" : String(order.term),
    { text: String(channel.restarts), style: channel.restarts > 0 ? "warning" : undefined },
    definition?.protectedBy === "" ? "-" : (definition?.protectedBy ?? "-"),
  ];
}

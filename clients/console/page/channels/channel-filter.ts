// Which channels are listed: by a word, and by whether something is wrong with them.

import type { ChannelView } from "../../src/view/channel.ts";
import type { OtherSide } from "./other-sides.ts";

export type ChannelKind = "all" | "trouble" | "started" | "stopped";

export const channelKinds: readonly ChannelKind[] = ["all", "trouble", "started", "stopped"];

export interface ChannelFilter {
  /** Part of a name, or of the id of the server that owns it. "": any. */
  readonly text: string;
  readonly kind: ChannelKind;
}

/** What the address says. */
export function readChannelFilter(query: URLSearchParams): ChannelFilter {
  return {
    text: query.get("text") ?? "",
    kind: channelKinds.find((each) => each === query.get("kind")) ?? "all",
  };
}

export function passesFilter(
  channel: ChannelView,
  { text, kind }: ChannelFilter,
  others: readonly OtherSide[],
): boolean {
  const wanted = text.toLowerCase();
  const words = [channel.name, channel.protectedBy];
  if (!words.some((each) => each.toLowerCase().includes(wanted))) return false;
  switch (kind) {
    case "all":
      return true;
    case "trouble":
      return isTrouble(channel, others);
    case "started":
      return channel.activity === "STARTED";
    case "stopped":
      return channel.activity === "STOPPED";
  }
}

/** Whether an operator should look at it. */
export function isTrouble(channel: ChannelView, others: readonly OtherSide[]): boolean {
  const { activity, activation, override } = channel;
  if (activity === "FAILED" || activity === "RESTARTING" || override !== undefined) return true;
  if (activation === "ACTIVE" && activity === "STOPPED") return true;
  return others.some(({ isEqual }) => !isEqual);
}

// Where else a channel is deployed, and whether the same would run there: a backup whose definition
// differs takes over with something else.

import type { ChannelView } from "../../src/view/channel.ts";

export interface OtherSide {
  /** Server where it is deployed too. */
  readonly server: string;
  readonly isEqual: boolean;
}

/** Name of a channel, wherever it is deployed: that of its owner and its own. */
function identityOf({ protectedBy, name }: ChannelView): string {
  return `${protectedBy}/${name}`;
}

/**
 * The other sides of every protected channel, by the server where it is and its name. A local
 * channel has none, even if another server has one of the same name.
 */
export function findOtherSides(
  channels: readonly ChannelView[],
): (channel: ChannelView) => readonly OtherSide[] {
  const byIdentity = Map.groupBy(
    channels.filter(({ protectedBy }) => protectedBy !== ""),
    identityOf,
  );
  return (channel) =>
    (byIdentity.get(identityOf(channel)) ?? [])
      .filter(({ toldBy }) => toldBy !== channel.toldBy)
      .map(({ toldBy, digest }) => ({ server: toldBy, isEqual: digest === channel.digest }));
}

/** In words. */
export function printOtherSides(channel: ChannelView, others: readonly OtherSide[]): string {
  if (channel.protectedBy === "") return "local";
  if (others.length === 0) return "nowhere else";
  const differing = others.filter(({ isEqual }) => !isEqual).map(({ server }) => server);
  if (differing.length > 0) return `differs on ${differing.join(", ")}`;
  return `equal on ${others.map(({ server }) => server).join(", ")}`;
}

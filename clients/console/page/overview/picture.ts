// The two sides of one watched server, as the architecture picture shows them: who is meant to run
// the channels, who runs them, and what of it is known now.

import type { Activation, Activity, ChannelView } from "../../src/view/channel.ts";
import type { ProtectedChannelView, ServerView, TargetView } from "../../src/view/server.ts";

/** A channel in the box of a server. */
export interface BoxedChannel {
  readonly name: string;
  readonly activity: Activity;
  /** Undefined: nobody told. */
  readonly activation: Activation | undefined;
  readonly isToldNow: boolean;
  /** When whoever told it was heard last, by the gateway's clock. Undefined: not known. */
  readonly heardAtMs: number | undefined;
  readonly isOverridden: boolean;
}

/** The box of one server. */
export interface ServerBox {
  readonly serverId: string;
  readonly role: "primary" | "backup";
  /** Whether the monitor wants it to run the protected channels. */
  readonly isAssigned: boolean;
  /** Whether it is reached now, by the monitor or by the gateway. */
  readonly isReached: boolean;
  /** The protected channels of the watched server. */
  readonly channels: readonly BoxedChannel[];
  /** Channels that have nothing to do with the watched server. */
  readonly own: readonly BoxedChannel[];
  /** Undefined: the primary. */
  readonly target: TargetView | undefined;
}

/** What the picture is drawn from. */
export interface PictureSources {
  /** All channels that the gateway has been told of. */
  readonly channels: readonly ChannelView[];
  /** Whether the monitor of the server is heard. */
  readonly isMonitorUp: boolean;
  /** Whether the channels service of a server is heard. */
  readonly areChannelsUp: (server: string) => boolean;
  /** When it was heard last. Undefined: never. */
  readonly channelsHeardAtMs: (server: string) => number | undefined;
}

export function primaryBox(server: ServerView, from: PictureSources): ServerBox {
  const { serverId, state, channels } = server;
  const isLive = from.isMonitorUp && state === "LIVE";
  return {
    serverId,
    role: "primary",
    isAssigned: server.assignment === "PRIMARY",
    isReached: isLive || from.areChannelsUp(serverId),
    ...channelsOn(server, { place: serverId, hearsay: channels, isHearsayNow: isLive, from }),
    target: undefined,
  };
}

export function backupBoxes(server: ServerView, from: PictureSources): readonly ServerBox[] {
  return server.targets.map((target) => {
    const isWatched = from.isMonitorUp && target.isWatched;
    const { name: place, channels: hearsay } = target;
    return {
      serverId: place,
      role: "backup",
      isAssigned: server.assignment === "BACKUP",
      isReached: isWatched || from.areChannelsUp(place),
      ...channelsOn(server, { place, hearsay, isHearsayNow: isWatched, from }),
      target,
    };
  });
}

// A channels service knows its channels best; what the monitor tells of them is the next best.
function channelsOn(
  server: ServerView,
  options: {
    readonly place: string;
    readonly hearsay: readonly ProtectedChannelView[];
    readonly isHearsayNow: boolean;
    readonly from: PictureSources;
  },
): Pick<ServerBox, "channels" | "own"> {
  const { place, hearsay, isHearsayNow, from } = options;
  const isToldNow = from.areChannelsUp(place);
  const told = from.channels.filter(({ toldBy }) => toldBy === place);
  const heardAtMs = from.channelsHeardAtMs(place);
  const boxed = told.map((each) => ({ ...boxChannel(each), isToldNow, heardAtMs }));
  const isProtected = new Set(
    told.filter((each) => each.protectedBy === server.serverId).map(({ name }) => name),
  );
  const own = boxed.filter(({ name }) => !isProtected.has(name));
  if (isToldNow || !isHearsayNow) {
    const known = boxed.filter(({ name }) => isProtected.has(name));
    if (known.length > 0) return { channels: known, own };
  }
  return { channels: hearsay.map((each) => boxHearsay(each, isHearsayNow)), own };
}

function boxChannel(view: ChannelView): Omit<BoxedChannel, "isToldNow" | "heardAtMs"> {
  const { name, activity, activation, override } = view;
  return { name, activity, activation, isOverridden: override !== undefined };
}

function boxHearsay({ name, activity }: ProtectedChannelView, isToldNow: boolean): BoxedChannel {
  const unsaid = { activation: undefined, heardAtMs: undefined, isOverridden: false };
  return { name, activity, isToldNow, ...unsaid };
}

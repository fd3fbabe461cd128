// What GET /api/events streams: each message is the JSON of one ConsoleEvent. A snapshot comes
// first, and again whenever the page fell behind; changes follow. Every message replaces the views
// of the same name. At least every 250 ms there is a message, with nothing in it if need be: a page
// that hears none for a second has lost the gateway.

import type { ChannelView } from "./channel.ts";
import type { MailView } from "./mail.ts";
import type { HeartbeatView, PulseView } from "./pulse.ts";
import type { RunView } from "./run.ts";
import type { ServerView } from "./server.ts";
import type { SignalView } from "./signal.ts";
import { sourceName, type SourceView } from "./source.ts";

export type ConsoleEvent = SnapshotEvent | ChangeEvent;

/** Everything that is known: replaces all that the page had. */
export interface SnapshotEvent extends Required<Views> {
  readonly kind: "snapshot";
  /** Names this life of the gateway. Another one: the gateway was restarted. */
  readonly lifeId: string;
  /** Instant of the gateway's clock at which it was sent. */
  readonly nowMs: number;
}

/** What is new. */
export interface ChangeEvent extends Views {
  readonly kind: "change";
  readonly nowMs: number;
  /** Views that are no more. */
  readonly gone?: GoneViews;
}

/** Views of every kind. A kind that is absent has not changed. */
export interface Views {
  readonly sources?: readonly SourceView[];
  readonly servers?: readonly ServerView[];
  readonly pulses?: readonly PulseView[];
  /** Oldest first. A snapshot has the newest 200 of each monitor. */
  readonly signals?: readonly SignalView[];
  /** The run under way, or the last one, of each server. */
  readonly runs?: readonly RunView[];
  readonly channels?: readonly ChannelView[];
  readonly heartbeats?: readonly HeartbeatView[];
  readonly mails?: readonly MailView[];
}

/** Keys (see viewKeys) of views that are no more, by their kind. */
export type GoneViews = { readonly [Kind in keyof Views]?: readonly string[] | undefined };

/** A view that is of one server, told by one monitor. */
interface OfServer {
  readonly toldBy: string;
  readonly serverId: string;
}

const ofServer = ({ toldBy, serverId }: OfServer) => `${toldBy}/${serverId}`;

/** What a view replaces: the one of the same kind and key. */
export const viewKeys = {
  sources: sourceName,
  servers: ofServer,
  pulses: ofServer,
  signals: ({ toldBy, signalId }: Pick<SignalView, "toldBy" | "signalId">) =>
    `${toldBy}/${signalId}`,
  // The newest run of a server replaces the one before.
  runs: ofServer,
  channels: ({ toldBy, name }: Pick<ChannelView, "toldBy" | "name">) => `${toldBy}/${name}`,
  heartbeats: ({ toldBy }: Pick<HeartbeatView, "toldBy">) => toldBy,
  mails: ({ toldBy }: Pick<MailView, "toldBy">) => toldBy,
};

// All that the gateway knows: the newest view of everything, kept only to tell it to pages that
// come, and which of it has changed since pages were told last.

import type { ChannelView } from "./view/channel.ts";
import { type GoneViews, type Views, viewKeys } from "./view/event.ts";
import type { MailView } from "./view/mail.ts";
import type { HeartbeatView, PulseView } from "./view/pulse.ts";
import type { RunView } from "./view/run.ts";
import type { ServerView } from "./view/server.ts";
import type { SignalView } from "./view/signal.ts";
import type { SourceView } from "./view/source.ts";

/**
 * Views of one kind that one service can tell: a monitor watches 10,000 servers, and no service has
 * more of anything. One that lies must not take the memory of all.
 */
export const viewsMax = 12_000;

/** The newest views of one kind, by their keys. */
export class Shelf<View> {
  readonly #keyOf: (view: View) => string;
  readonly #onChange: () => void;
  readonly #views = new Map<string, View>();
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  /** How many views there are, by who told them. */
  readonly #counts = new Map<string, number>();

  constructor(keyOf: (view: View) => string, onChange: () => void) {
    this.#keyOf = keyOf;
    this.#onChange = onChange;
  }

  /** Throws when whoever tells it has told too much. */
  put(view: View): void {
    const key = this.#keyOf(view);
    if (!this.#views.has(key)) this.#count(key, 1);
    this.#views.set(key, view);
    this.#gone.delete(key);
    this.#changed.add(key);
    this.#onChange();
  }

  find(key: string): View | undefined {
    return this.#views.get(key);
  }

  /** In the order in which they came first. */
  all(): readonly View[] {
    return [...this.#views.values()];
  }

  /** What it was about is no more. */
  drop(key: string): void {
    if (!this.#remove(key)) return;
    this.#changed.delete(key);
    this.#gone.add(key);
    this.#onChange();
  }

  /** Makes room: what is forgotten still holds, and pages keep it. */
  forget(key: string): void {
    this.#remove(key);
    this.#changed.delete(key);
  }

  /** Drops all views that are not among these. */
  keepOnly(isMeant: (view: View) => boolean, kept: readonly View[]): void {
    const keys = new Set(kept.map(this.#keyOf));
    for (const [key, view] of this.#views) if (isMeant(view) && !keys.has(key)) this.drop(key);
  }

  /** Views that have changed since this was asked last. Undefined: none. */
  takeChanged(): readonly View[] | undefined {
    const changed = [...this.#changed].flatMap((key) => this.#views.get(key) ?? []);
    this.#changed.clear();
    return changed.length === 0 ? undefined : changed;
  }

  takeGone(): readonly string[] | undefined {
    const gone = [...this.#gone];
    this.#gone.clear();
    return gone.length === 0 ? undefined : gone;
  }

  #remove(key: string): boolean {
    const isKnown = this.#views.delete(key);
    if (isKnown) this.#count(key, -1);
    return isKnown;
  }

  // Keys begin with who told it.
  #count(key: string, change: number): void {
    const [toldBy = ""] = key.split("/");
    const count = (this.#counts.get(toldBy) ?? 0) + change;
    if (count > viewsMax) throw new Error(`it tells of more than ${viewsMax} at once`);
    this.#counts.set(toldBy, count);
  }
}

/** The newest views of every kind. */
export class Board {
  readonly sources: Shelf<SourceView>;
  readonly servers: Shelf<ServerView>;
  readonly pulses: Shelf<PulseView>;
  readonly signals: Shelf<SignalView>;
  readonly runs: Shelf<RunView>;
  readonly channels: Shelf<ChannelView>;
  readonly heartbeats: Shelf<HeartbeatView>;
  readonly mails: Shelf<MailView>;

  constructor(onChange: () => void) {
    this.sources = new Shelf<SourceView>(viewKeys.sources, onChange);
    this.servers = new Shelf<ServerView>(viewKeys.servers, onChange);
    this.pulses = new Shelf<PulseView>(viewKeys.pulses, onChange);
    this.signals = new Shelf<SignalView>(viewKeys.signals, onChange);
    this.runs = new Shelf<RunView>(viewKeys.runs, onChange);
    this.channels = new Shelf<ChannelView>(viewKeys.channels, onChange);
    this.heartbeats = new Shelf<HeartbeatView>(viewKeys.heartbeats, onChange);
    this.mails = new Shelf<MailView>(viewKeys.mails, onChange);
  }

  all(): Required<Views> {
    return {
      sources: this.sources.all(),
      servers: this.servers.all(),
      pulses: this.pulses.all(),
      signals: this.signals.all(),
      runs: this.runs.all(),
      channels: this.channels.all(),
      heartbeats: this.heartbeats.all(),
      mails: this.mails.all(),
    };
  }

  /** What has changed since this was asked last. Absent kinds become no part of the JSON. */
  takeChange(): { readonly [Kind in keyof Views]?: Views[Kind] | undefined } {
    return {
      sources: this.sources.takeChanged(),
      servers: this.servers.takeChanged(),
      pulses: this.pulses.takeChanged(),
      signals: this.signals.takeChanged(),
      runs: this.runs.takeChanged(),
      channels: this.channels.takeChanged(),
      heartbeats: this.heartbeats.takeChanged(),
      mails: this.mails.takeChanged(),
    };
  }

  /** Undefined: nothing has gone. */
  takeGone(): GoneViews | undefined {
    const kinds = {
      servers: this.servers.takeGone(),
      pulses: this.pulses.takeGone(),
      signals: this.signals.takeGone(),
      runs: this.runs.takeGone(),
      channels: this.channels.takeGone(),
    };
    const isSomething = Object.values(kinds).some((each) => each !== undefined);
    return isSomething ? kinds : undefined;
  }
}

// What a target told of its channels last, and when. It outlives the watch, so that people can be
// told how old it is; it is never told as if it were fresh.

import type { ObservedChannel } from "../ports.ts";

/** For those who ask. */
export interface TargetPicture {
  /** Whether the watch is open: then all of this holds now. */
  readonly isWatched: boolean;
  /** Instant of the last word, by wall clock. Absent: there was none. */
  readonly lastWordWallMs: number | undefined;
  channelsOf(serverId: string): readonly ObservedChannel[];
}

/** A picture that is being drawn. */
export class DrawnPicture implements TargetPicture {
  isWatched = false;
  lastWordWallMs: number | undefined;
  #channels = new Map<string, ObservedChannel>();

  /** The target has told something: all its channels, or those that changed. */
  draw(channels: readonly ObservedChannel[], told: { isSnapshot: boolean; wallMs: number }): void {
    if (told.isSnapshot) this.#channels = new Map();
    for (const channel of channels) this.#channels.set(channel.name, channel);
    this.isWatched = true;
    this.lastWordWallMs = told.wallMs;
  }

  channelsOf(serverId: string): readonly ObservedChannel[] {
    return [...this.#channels.values()]
      .filter(({ protectedBy }) => protectedBy === serverId)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

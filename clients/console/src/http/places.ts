// Places for streams. When all are taken, whoever has most of them gives one up to somebody who has
// fewer: who opens all there are keeps nobody else out.

import type { EventStream } from "../event-stream.ts";

export class Places {
  readonly #max: number;
  /** By the name of who reads them, the oldest first. None is empty. */
  readonly #streams = new Map<string, Set<EventStream>>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether somebody may open another stream; the place of another one may be cleared for it. */
  makeRoom(name: string): boolean {
    if (this.#taken < this.#max) return true;
    let most: ReadonlySet<EventStream> = new Set();
    for (const theirs of this.#streams.values()) if (theirs.size > most.size) most = theirs;
    const own = this.#streams.get(name)?.size ?? 0;
    if (own + 1 >= most.size) return false;
    const [oldest] = most;
    oldest?.cut("displaced");
    return true;
  }

  /** Takes a place until the stream is over. */
  take(name: string, stream: EventStream): void {
    const theirs = this.#streams.get(name) ?? new Set();
    this.#streams.set(name, theirs.add(stream));
    this.#taken += 1;
    stream.onEnd(() => {
      theirs.delete(stream);
      if (theirs.size === 0) this.#streams.delete(name);
      this.#taken -= 1;
    });
  }
}

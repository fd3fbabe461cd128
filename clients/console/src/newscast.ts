// Tells every page the same: everything when it comes, then what changes, and at least four times a
// second that the gateway is there. Each message is made once, however many pages there are.

import { randomUUID } from "node:crypto";
import { Board } from "./board.ts";
import type { EventStream } from "./event-stream.ts";
import type { ChangeEvent, SnapshotEvent } from "./view/event.ts";

/** Changes that come together are told together; far below what an eye notices. */
const gatherMs = 15;

/** A page that hears nothing for a second calls the connection lost: three beats may be late. */
const beatMs = 250;

/** Pages at once: a page of each operator on every screen. */
export const pagesMax = 250;

/** Distributes the board to pages. */
export class Newscast implements Disposable {
  readonly board: Board;
  readonly #nowMs: () => number;
  readonly #lifeId = randomUUID();
  readonly #pages = new Set<EventStream>();
  readonly #beat: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;
  #toldAtMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.board = new Board(() => this.#gather());
    this.#beat = setInterval(() => this.#beatIfQuiet(), beatMs);
  }

  get pages(): number {
    return this.#pages.size;
  }

  /** Tells a page everything, and from then on what changes, until its stream has ended. */
  join(page: EventStream): void {
    // What waits to be told is told to the others first, so that nobody hears it twice.
    this.#tell();
    this.#pages.add(page);
    page.onEnd(() => this.#pages.delete(page));
    const snapshot: SnapshotEvent = {
      kind: "snapshot",
      lifeId: this.#lifeId,
      nowMs: this.#nowMs(),
      ...this.board.all(),
    };
    page.send(JSON.stringify(snapshot));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#beat);
    clearTimeout(this.#gathering);
    for (const page of this.#pages) page.end();
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => this.#tell(), gatherMs);
  }

  #beatIfQuiet(): void {
    if (this.#nowMs() - this.#toldAtMs >= beatMs / 2) this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#toldAtMs = this.#nowMs();
    const gone = this.board.takeGone();
    const change = this.board.takeChange();
    if (this.#pages.size === 0) return;
    const event = { kind: "change", nowMs: this.#toldAtMs, ...change, gone } satisfies Partial<
      Record<keyof ChangeEvent, unknown>
    >;
    const text = JSON.stringify(event);
    for (const page of this.#pages) page.send(text);
  }
}

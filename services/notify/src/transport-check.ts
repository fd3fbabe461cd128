// Whether the SMTP server would take a message now, asked by one question at a time and remembered
// for a while: however many ask, the server is not bothered.

import type { Clock } from "@hot-backup/kit/clock.ts";
import type { Transport } from "./ports.ts";

/** How long an answer counts. */
const freshMs = 5_000;

/** What was found, and when. */
export interface TransportState {
  /** Why the server would not take a message, in one line. "": it would. */
  readonly problem: string;
  readonly wallMs: number;
}

export class TransportCheck {
  readonly #transport: Pick<Transport, "check">;
  readonly #clock: Pick<Clock, "nowMs" | "wallMs">;
  #last: Promise<TransportState> | undefined;
  /** When the last answer came. Infinity: it is still on its way. */
  #answeredMs = Infinity;

  constructor(transport: Pick<Transport, "check">, clock: Pick<Clock, "nowMs" | "wallMs">) {
    this.#transport = transport;
    this.#clock = clock;
  }

  ask(): Promise<TransportState> {
    const isFresh = this.#clock.nowMs() - this.#answeredMs < freshMs;
    if (this.#last !== undefined && isFresh) return this.#last;
    this.#answeredMs = Infinity;
    this.#last = this.#askServer();
    return this.#last;
  }

  async #askServer(): Promise<TransportState> {
    const problem = await this.#transport.check();
    this.#answeredMs = this.#clock.nowMs();
    return { problem, wallMs: this.#clock.wallMs() };
  }
}

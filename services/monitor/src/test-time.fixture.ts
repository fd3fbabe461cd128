// Time, timers and socket input in the hands of a test.

/** Time that moves only when the test says so. */
export class TestTime {
  nowMs = 0;
  /** How far somebody has set the wall clock. */
  wallSetByMs = 0;
  #timers: { atMs: number; wake: () => void }[] = [];
  readonly #input: (() => void)[] = [];

  readonly clock = {
    nowMs: () => this.nowMs,
    bootMs: () => this.nowMs,
    wallMs: () => 1_700_000_000_000 + this.nowMs + this.wallSetByMs,
  };

  readonly timers = {
    after: (delayMs: number, wake: () => void) => {
      const timer = { atMs: this.nowMs + delayMs, wake };
      this.#timers.push(timer);
      return {
        cancel: () => {
          this.#timers = this.#timers.filter((each) => each !== timer);
        },
      };
    },
    afterInput: (wake: () => void) => this.readInput(wake),
  };

  /** Lets time pass, timer by timer, and every promise settle in between. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    await settle();
    for (;;) {
      const due = this.#timers.filter((each) => each.atMs <= endMs);
      const next = due.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.wake();
      await settle();
    }
    this.nowMs = endMs;
  }

  /** What waits in the sockets is read, and then this is done. */
  readInput(wake: () => void): void {
    for (const arrive of this.#input.splice(0)) arrive();
    wake();
  }

  /** Something waits in a socket until the process reads: it does, before a deadline counts. */
  awaitRead(arrive: () => void): void {
    this.#input.push(arrive);
  }

  /** The process stands still: timers that fell due meanwhile fire late, all at once. */
  stall(durationMs: number): void {
    this.nowMs += durationMs;
  }
}

// Promises of the fakes settle in a handful of turns of the microtask queue.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

// One deadline that moves. Before it counts, what waits in the sockets is read, so that nobody is
// blamed for what this process has not looked at yet.

import { observe, type StallMeter } from "./core/stall-meter.ts";
import type { MonitorParts } from "./parts.ts";
import type { Timer } from "./ports.ts";

/** Must be disposed: then it is never reached. */
export class Deadline implements Disposable {
  readonly #parts: Pick<MonitorParts, "clock" | "timers">;
  readonly #stall: StallMeter;
  readonly #dueAtMs: () => number;
  readonly #reached: (dueAtMs: number) => void;
  #timer: Timer | undefined;
  #isDisposed = false;

  /** `dueAtMs` may answer later each time it is asked: that costs nothing until the timer fires. */
  constructor(
    parts: Pick<MonitorParts, "clock" | "timers">,
    given: { stall: StallMeter; dueAtMs: () => number; reached: (dueAtMs: number) => void },
  ) {
    this.#parts = parts;
    this.#stall = given.stall;
    this.#dueAtMs = given.dueAtMs;
    this.#reached = given.reached;
  }

  /** Waits for the deadline as it is now. */
  arm(): void {
    const atMs = this.#dueAtMs();
    if (atMs === Number.POSITIVE_INFINITY) this.#timer?.cancel();
    else this.armIn(atMs - this.#parts.clock.nowMs());
  }

  /** Looks again after this time, even if the deadline has passed. */
  armIn(delayMs: number): void {
    if (this.#isDisposed) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.timers.after(Math.max(0, delayMs), () => this.#wake());
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
  }

  #wake(): void {
    if (!this.#isDue()) return this.arm();
    this.#parts.timers.afterInput(() => {
      if (this.#isDisposed) return;
      if (this.#isDue()) this.#reached(this.#dueAtMs());
      else this.arm();
    });
  }

  // A stall that ends just now moves the deadline before it is compared.
  #isDue(): boolean {
    const nowMs = this.#parts.clock.nowMs();
    observe(this.#stall, nowMs);
    return nowMs >= this.#dueAtMs();
  }
}

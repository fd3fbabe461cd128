// Delivers what is queued: takes what is due, as many at once as the transport has connections. One
// timer.

import { sleep } from "@hot-backup/kit/stop.ts";
import { attempt, type AttemptContext, storePauseMs } from "./attempt.ts";
import type { Message } from "./core/message.ts";

/**
 * How long the loop sleeps at most: it also removes old entries. Far below what setTimeout can
 * hold.
 */
const sleepMaxMs = 3_600_000;

/** Old entries removed in one transaction, so that no call waits long behind it. */
const removedMax = 500;

export interface DeliveryOptions extends AttemptContext {
  /** Attempts at once. */
  readonly attemptsMax: number;
  /** Age at which settled entries are removed. */
  readonly ledgerKeepMs: number;
}

/**
 * The running delivery of one outbox. Begins with what an earlier process left, when it is first
 * woken.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  /** By sequence. */
  readonly #running = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #ended = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #removeAtMs = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Something may be due. Returns at once. */
  wake(): void {
    this.#wakeIn(0);
  }

  /**
   * Begins nothing more; resolves when running attempts have ended, at the latest after `graceMs`.
   */
  async close(graceMs: number): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    const grace = new AbortController();
    await Promise.race([Promise.all(this.#running.values()), sleep(graceMs, grace.signal)]);
    grace.abort();
    // What runs on is not recorded: the message stays queued, and its next attempt is the same
    // mail.
    this.#ended.abort();
  }

  #wakeIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    const pauseMs = Math.min(milliseconds, sleepMaxMs);
    this.#timer = setTimeout(() => this.#wakeIn(this.#turn()), pauseMs);
  }

  // Does what is due and returns how long nothing will be, in milliseconds.
  #turn(): number {
    try {
      const nowMs = this.#options.clock.wallMs();
      return Math.min(this.#removeOld(nowMs), this.#beginDue(nowMs));
    } catch (error) {
      this.#options.log.error({ err: error }, "Cannot read the outbox");
      return storePauseMs;
    }
  }

  #beginDue(nowMs: number): number {
    const { ledger, backoff, attemptsMax } = this.#options;
    // Further away than the longest pause is only what was dated before the clock was set back.
    ledger.advanceLaterThan(nowMs + backoff.maxMs, nowMs);
    // As many as run may be among the first.
    const next = ledger.listNext(this.#running.size + attemptsMax);
    for (const { sequence, nextAttemptMs } of next) {
      if (this.#running.has(sequence)) continue;
      if (nextAttemptMs > nowMs) return nextAttemptMs - nowMs;
      // An attempt that ends wakes the loop.
      if (this.#running.size >= attemptsMax) return sleepMaxMs;
      const reading = ledger.read(sequence);
      if (reading?.isReadable === false) {
        this.#setAside({ sequence, because: reading.because, nowMs });
        return 0;
      }
      if (reading !== undefined) this.#running.set(sequence, this.#run(reading.message));
    }
    return sleepMaxMs;
  }

  // What cannot be read will never be sent. It goes out of the way of all the others, and stays in
  // the ledger, where an operator finds it.
  #setAside({ sequence, ...aside }: { sequence: number; because: string; nowMs: number }): void {
    this.#options.ledger.setAside(sequence, aside);
    this.#options.meter.countSetAside();
    const { because } = aside;
    this.#options.log.error({ sequence, because }, "Cannot read a queued message: it has failed");
  }

  async #run(message: Message): Promise<void> {
    await attempt(message, this.#options, this.#ended.signal);
    this.#running.delete(message.sequence);
    this.wake();
  }

  #removeOld(nowMs: number): number {
    const { ledger, ledgerKeepMs } = this.#options;
    if (nowMs >= this.#removeAtMs) {
      const removed = ledger.removeSettled(nowMs - ledgerKeepMs, removedMax);
      this.#removeAtMs = removed === removedMax ? nowMs : nowMs + sleepMaxMs;
    }
    return this.#removeAtMs - nowMs;
  }
}

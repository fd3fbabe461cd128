// Slows those down who guess. Tokens are too long to be guessed at any speed: this keeps the log
// readable, and tells an operator who pastes the wrong thing to stop and look.

const spanMs = 60_000;

/** Failures of one address in a minute: more than anybody mistypes. */
export const failuresMax = 10;

/** Failures that are remembered. Whoever has more addresses than this is not slowed down. */
const rememberedMax = 10_000;

/** Counts failed attempts by address. */
export class AttemptLimit {
  readonly #nowMs: () => number;
  /** When the attempts of an address failed, at most `failuresMax`; the latest failure last. */
  readonly #failedAtMs = new Map<string, readonly number[]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether an address may try now. */
  mayTry(address: string): boolean {
    return this.#recent(address).length < failuresMax;
  }

  noteFailure(address: string): void {
    const failures = [...this.#recent(address), this.#nowMs()];
    this.#failedAtMs.delete(address);
    this.#failedAtMs.set(address, failures);
    const [oldest] = this.#failedAtMs.keys();
    if (this.#failedAtMs.size > rememberedMax && oldest !== undefined) {
      this.#failedAtMs.delete(oldest);
    }
  }

  #recent(address: string): readonly number[] {
    const sinceMs = this.#nowMs() - spanMs;
    return (this.#failedAtMs.get(address) ?? []).filter((atMs) => atMs > sinceMs);
  }
}

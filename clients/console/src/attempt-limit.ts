// Slows those down who guess: failed attempts of one address, and all that fail together, in a
// minute.

const spanMs = 60_000;

/** Failures of one address in a minute: more than anybody mistypes. */
const perAddressMax = 10;

/** Failures of all in a minute: guessers have many addresses. */
const togetherMax = 300;

/** Counts failed attempts. What it remembers is bounded by `togetherMax`. */
export class AttemptLimit {
  readonly #nowMs: () => number;
  /** Oldest first. */
  #failures: { readonly address: string; readonly atMs: number }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether an address may try now. */
  mayTry(address: string): boolean {
    const sinceMs = this.#nowMs() - spanMs;
    this.#failures = this.#failures.filter(({ atMs }) => atMs > sinceMs);
    if (this.#failures.length >= togetherMax) return false;
    return this.#failures.filter((each) => each.address === address).length < perAddressMax;
  }

  noteFailure(address: string): void {
    this.#failures.push({ address, atMs: this.#nowMs() });
  }
}

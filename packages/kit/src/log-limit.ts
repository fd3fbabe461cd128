// Keeps strangers from filling a log: the same line is told again only after a while, and only so
// many different ones meanwhile, since strangers choose what the lines differ in.

/** How long the same line is not told again. */
export const freshMs = 60_000;

/** Different lines in each span of `freshMs`. */
const linesMax = 100;

/** Remembers which lines were told lately. */
export class LogLimit {
  /** When a line was told, by its key; oldest first, at most linesMax. */
  readonly #toldAtMs = new Map<string, number>();

  /** Whether to tell the line of this key now; then it is taken as told. */
  mayTell(key: string, nowMs: number): boolean {
    for (const [oldest, toldAtMs] of this.#toldAtMs) {
      if (nowMs - toldAtMs < freshMs) break;
      this.#toldAtMs.delete(oldest);
    }
    if (this.#toldAtMs.has(key) || this.#toldAtMs.size >= linesMax) return false;
    this.#toldAtMs.set(key, nowMs);
    return true;
  }
}

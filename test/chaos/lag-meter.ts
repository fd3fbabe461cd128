// How long the machine did not let this process run: what a busy machine does to one process it
// does to others, and a reader of figures should know.

const everyMs = 20;

export class LagMeter implements Disposable {
  longestMs = 0;
  #dueMs = performance.now() + everyMs;
  readonly #timer = setInterval(() => {
    const nowMs = performance.now();
    this.longestMs = Math.max(this.longestMs, nowMs - this.#dueMs);
    this.#dueMs = nowMs + everyMs;
  }, everyMs);

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

// What happened in a story, line by line, for people. Off unless somebody wants to read it: then
// nothing is written and nothing is paid.

export class Trace {
  readonly isOn: boolean;
  readonly lines: string[] = [];
  readonly #nowMs: () => number;

  constructor(isOn: boolean, nowMs: () => number) {
    this.isOn = isOn;
    this.#nowMs = nowMs;
  }

  /** Adds a line. Callers on a hot path ask `isOn` first, so that no text is made for nothing. */
  say(who: string, what: string): void {
    if (!this.isOn) return;
    const seconds = (this.#nowMs() / 1000).toFixed(3).padStart(8);
    this.lines.push(`${seconds}  ${who.padEnd(20)} ${what}`);
  }
}

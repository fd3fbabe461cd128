// A terminal as a page that is drawn over and over: only lines that have changed are written, and
// whatever was there before comes back at the end.

import type { Sink } from "../output.ts";
import { fold } from "../text/fold.ts";

const escape = "\u001B[";

/** Another page of the terminal, without a cursor, and the way back from it. */
const enter = `${escape}?1049h${escape}?25l`;
const leave = `${escape}?25h${escape}?1049l`;
const clear = `${escape}2J`;
const clearToEnd = `${escape}K`;

/** Where a terminal does not tell its size. */
const usual = { columns: 80, rows: 24 };

export class Screen implements Disposable {
  readonly #sink: Sink;
  #shown: readonly string[] = [];
  #size = "";

  constructor(sink: Sink) {
    this.#sink = sink;
    sink.write(enter);
  }

  /** Shows these lines, as many as there is room for. Writes nothing when nothing has changed. */
  draw(lines: readonly string[]): void {
    const { columns = usual.columns, rows = usual.rows } = this.#sink;
    let text = "";
    if (this.#size !== `${columns} ${rows}`) {
      this.#size = `${columns} ${rows}`;
      this.#shown = [];
      text += clear;
    }
    const folded = lines.flatMap((line) => fold(line, columns));
    const page = fit(folded, rows).flatMap((line) => fold(line, columns).slice(0, 1));
    for (let row = 0; row < Math.max(page.length, this.#shown.length); row += 1) {
      if (page[row] === this.#shown[row]) continue;
      text += `${escape}${row + 1};1H${page[row] ?? ""}${clearToEnd}`;
    }
    this.#shown = page;
    if (text !== "") this.#sink.write(text);
  }

  [Symbol.dispose](): void {
    this.#sink.write(leave);
  }
}

// What there is no room for is counted, so that nobody takes a part for the whole.
function fit(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, Math.max(0, rows - 1));
  return [...shown, `… ${lines.length - shown.length} more lines: make the window taller`];
}

// Prints what happens, line by line: when, who runs which channel at that instant, and what it was.
// Colours only on a terminal that wants them.

import { styleText } from "node:util";

/** What a line is about. */
export type LineKind = "signal" | "mail" | "starts" | "ends" | "does" | "wrong";

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<LineKind, Style>> = {
  signal: "yellow",
  mail: "cyan",
  starts: "green",
  ends: "gray",
  does: "white",
  wrong: "red",
};

const timeWidth = 8;
const columnWidth = 11;

/** A timeline on standard output. */
export class Timeline {
  readonly #startMs = performance.now();
  readonly #channels: readonly string[];
  readonly #runnerOf: (channel: string) => string;

  constructor(channels: readonly string[], runnerOf: (channel: string) => string) {
    this.#channels = channels;
    this.#runnerOf = runnerOf;
  }

  /** The names of the columns. */
  head(): void {
    const columns = this.#channels.map((name) => name.padEnd(columnWidth)).join("");
    write(styleText("dim", `${"time".padStart(timeWidth)}  ${columns}`));
  }

  /** The next part of a story. */
  chapter(title: string): void {
    write(`\n${" ".repeat(timeWidth)}  ${styleText("bold", title)}`);
  }

  /** One line. */
  say(kind: LineKind, text: string): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(2);
    const runners = this.#channels.map((each) => this.#runnerOf(each).padEnd(columnWidth)).join("");
    const time = styleText("dim", `${seconds} s`.padStart(timeWidth));
    write(`${time}  ${runners}${styleText(styles[kind], kind.padEnd(8))}${text}`);
  }
}

/** One line of text on standard output. */
export function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

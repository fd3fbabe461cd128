// Where a command writes: results to standard output, as text for people or JSON for programs, and
// everything that is said beside them to standard error.

import { fold } from "./text/fold.ts";
import { createPaint, type Paint, wantsColours } from "./text/paint.ts";

/** A stream to write to, as the process has two of. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Output {
  /** Whether a program reads, and wants JSON. */
  readonly isJson: boolean;
  /** Whether a person looks at the results as they come. */
  readonly isTerminal: boolean;
  readonly paint: Paint;
  /** Lines of the result. Texts of others have been made printable. */
  lines(lines: readonly string[]): void;
  /** The result as one JSON document. */
  document(value: unknown): void;
  /** One entry of a result that goes on: a JSON document on one line. */
  entry(value: unknown): void;
  /** Lines beside the result. */
  beside(lines: readonly string[]): void;
}

export function createOutput(options: {
  stdout: Sink;
  stderr: Sink;
  environment: NodeJS.ProcessEnv;
  isJson: boolean;
}): Output {
  const { stdout, stderr, environment, isJson } = options;
  const isTerminal = stdout.isTTY === true;
  const print = (sink: Sink, lines: readonly string[]) => {
    if (lines.length > 0) sink.write(`${lines.join("\n")}\n`);
  };
  // Only for eyes: what a program reads stays on one line.
  const printFolded = (sink: Sink, lines: readonly string[]) => {
    const { isTTY, columns } = sink;
    const isFolded = isTTY === true && columns !== undefined && columns > 0;
    print(sink, isFolded ? lines.flatMap((line) => fold(line, columns)) : lines);
  };
  return {
    isJson,
    isTerminal,
    paint: createPaint(wantsColours(isTerminal, environment)),
    lines: (lines) => printFolded(stdout, lines),
    document: (value) => print(stdout, [JSON.stringify(value, undefined, 2)]),
    entry: (value) => print(stdout, [JSON.stringify(value)]),
    beside: (lines) => printFolded(stderr, lines),
  };
}

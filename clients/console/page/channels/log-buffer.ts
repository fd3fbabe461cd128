// The lines of a channel's output that the page keeps: the last ones, so that a channel that talks
// all night does not fill the browser. Pausing holds what is shown still; lines go on being kept.

import type { LogLineView } from "../../src/view/channel.ts";

/** More than is read at a time, and little enough to draw at once. */
export const linesMax = 2000;

/** A line, and its place in all that came: the name by which it is drawn. */
export interface KeptLine extends LogLineView {
  readonly number: number;
}

export interface LogBuffer {
  readonly lines: readonly KeptLine[];
  /** Lines that came in all. */
  readonly count: number;
  /** Lines that came and are shown no more. */
  readonly dropped: number;
}

export const emptyLog: LogBuffer = { lines: [], count: 0, dropped: 0 };

/** Adds lines at the end, and lets go of the first ones. */
export function appendLines(buffer: LogBuffer, lines: readonly LogLineView[]): LogBuffer {
  if (lines.length === 0) return buffer;
  const { count } = buffer;
  const added = lines.slice(-linesMax).map((line, index) => {
    const number = count + lines.length - Math.min(lines.length, linesMax) + index;
    return { ...line, number };
  });
  const kept = [...buffer.lines, ...added].slice(-linesMax);
  const total = count + lines.length;
  return { lines: kept, count: total, dropped: total - kept.length };
}

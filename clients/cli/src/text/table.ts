// Aligned columns for people. Columns are as wide as their widest cell; the last one is never
// filled up.

import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";

/** A cell with its style; a bare text has none. */
export type Cell = string | { readonly text: string; readonly style: Style | undefined };
export type Row = readonly Cell[];

const gap = "  ";

/** Lines, with a heading. Every row has a cell for each column of the heading. */
export function printTable(heading: readonly string[], rows: readonly Row[], paint: Paint) {
  const all: Row[] = [heading.map((text) => ({ text, style: "heading" })), ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => widthOf(row[column]))));
  return all.map((row) => {
    const cells = row.map((cell, column) => {
      const width = column === row.length - 1 ? 0 : (widths[column] ?? 0);
      return paint(styleOf(cell), textOf(cell)) + " ".repeat(Math.max(0, width - widthOf(cell)));
    });
    return cells.join(gap).trimEnd();
  });
}

/** The same; below each row what is beside it, quietly. An empty text has no line. */
export function printNotedTable(
  table: { heading: readonly string[]; rows: readonly Row[]; beside: readonly string[] },
  paint: Paint,
): string[] {
  const { heading, rows, beside } = table;
  const [first = "", ...lines] = printTable(heading, rows, paint);
  const noted = lines.flatMap((line, index) => {
    const note = beside[index] ?? "";
    return note === "" ? [line] : [line, paint("quiet", `    ${printable(note)}`)];
  });
  return [first, ...noted];
}

function textOf(cell: Cell): string {
  return printable(typeof cell === "string" ? cell : cell.text);
}

function styleOf(cell: Cell): Style | undefined {
  return typeof cell === "string" ? undefined : cell.style;
}

function widthOf(cell: Cell | undefined): number {
  return cell === undefined ? 0 : Array.from(textOf(cell)).length;
}

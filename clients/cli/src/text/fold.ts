// Lines for a terminal: one that is too long goes on below, under the column or the words that it
// began with. Colours take no room, and go on below too.

const escape = "\u001B";
const colour = new RegExp(`(${escape}\\[[0-9;]*m)`);
const reset = `${escape}[0m`;

/** What ends the styles that paint.ts begins: weight and colour. */
const ends: ReadonlySet<string> = new Set([`${escape}[22m`, `${escape}[39m`, reset]);

/** Room that a text needs to be worth a column of its own. */
const textColumnsMin = 20;

/** How far a sentence that goes on is moved in. */
const usualIndent = 2;

/** The line in pieces of at most `columns` characters. */
export function fold(line: string, columns: number): string[] {
  const parts = line.split(colour);
  const plain = Array.from(parts.filter((part) => !colour.test(part)).join(""));
  if (plain.length <= columns) return [line];
  const indent = indentOf(plain.join(""), columns);
  const cuts = cutsOf(plain, { columns, indent });
  const pieces = piecesOf(parts, cuts);
  return pieces.map((piece, index) => (index === 0 ? piece : " ".repeat(indent) + piece));
}

// Two spaces end a column of a table, or move a line in.
function indentOf(plain: string, columns: number): number {
  const ends = [...plain.matchAll(/ {2,}(?=\S)/g)].map((gap) => gap.index + gap[0].length);
  const indent = ends.findLast((end) => end <= columns - textColumnsMin) ?? usualIndent;
  return Math.min(indent, Math.max(0, columns - textColumnsMin));
}

/** A piece ends before `end`; what is between it and `next` is left out. */
interface Cut {
  readonly end: number;
  readonly next: number;
}

function cutsOf(plain: readonly string[], room: { columns: number; indent: number }): Cut[] {
  const cuts: Cut[] = [];
  let start = 0;
  let width = room.columns;
  while (plain.length - start > width) {
    const edge = start === 0 ? room.indent : start;
    const space = lastBreak(plain, { from: start + width, edge });
    // A word that is longer than a line is cut.
    const end = space ?? start + width;
    let next = end;
    while (plain[next] === " ") next += 1;
    cuts.push({ end, next });
    start = next;
    width = Math.max(1, room.columns - room.indent);
  }
  return cuts;
}

// The last space at which a line may end: not one between a number and its unit.
function lastBreak(
  plain: readonly string[],
  { from, edge }: { from: number; edge: number },
): number | undefined {
  for (let place = from; place > edge; place -= 1) {
    if (plain[place] !== " ") continue;
    const next = plain.slice(place + 1, place + 4).join("");
    if (!/\d/.test(plain[place - 1] ?? "") || !/^(?:ms|[smhd])(?!\w)/.test(next)) return place;
  }
  return undefined;
}

function piecesOf(parts: readonly string[], cuts: readonly Cut[]): string[] {
  const pieces: string[] = [];
  let piece = "";
  let style = "";
  let position = 0;
  for (const part of parts) {
    if (colour.test(part)) {
      // The styles of a text begin and end together.
      style = ends.has(part) ? "" : style + part;
      piece += part;
      continue;
    }
    for (const character of Array.from(part)) {
      const cut = cuts[pieces.length];
      if (cut?.end === position) {
        pieces.push((style === "" ? piece : piece + reset).trimEnd());
        piece = style;
      }
      const isLeftOut = cuts.some(({ end, next }) => position >= end && position < next);
      if (!isLeftOut) piece += character;
      position += 1;
    }
  }
  return [...pieces, piece];
}

// A line cut to the width of a terminal. Colours take no room, and end where the line is cut.

const escape = "\u001B";
const colour = new RegExp(`(${escape}\\[[0-9;]*m)`);
const reset = `${escape}[0m`;

/** At most `columns` characters; what is cut off leaves "…". */
export function clip(line: string, columns: number): string {
  const parts = line.split(colour);
  const length = parts.reduce((sum, part) => sum + (colour.test(part) ? 0 : count(part)), 0);
  if (length <= columns) return line;
  let room = columns - 1;
  let clipped = "";
  for (const part of parts) {
    const isColour = colour.test(part);
    const kept = isColour ? part : Array.from(part).slice(0, room).join("");
    clipped += kept;
    if (!isColour) room -= count(kept);
    if (room <= 0) break;
  }
  return `${clipped}…${parts.length > 1 ? reset : ""}`;
}

function count(text: string): number {
  return Array.from(text).length;
}

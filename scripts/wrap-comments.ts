// Breaks comments at 100 columns, which prettier leaves alone. Part of `npm run format`. Only
// paragraphs with a line that is too long are laid anew: lists, tables and code in comments stay.

import { readFileSync, writeFileSync } from "node:fs";

const columnsMax = 100;

/** A run of lines that belong together, and what each begins with. */
interface Paragraph {
  readonly lead: string;
  readonly texts: readonly string[];
}

/** The same source text with no comment wider than it may be, as far as words can be parted. */
export function wrapComments(source: string): string {
  const lines = source.split("\n").flatMap(openLongDocstring);
  const wrapped: string[] = [];
  let index = 0;
  while (index < lines.length) {
    const paragraph = readParagraph(lines, index);
    if (paragraph === undefined) {
      wrapped.push(lines[index] ?? "");
      index += 1;
    } else {
      wrapped.push(...layParagraph(paragraph));
      index += paragraph.texts.length;
    }
  }
  return wrapped.join("\n");
}

// "/** text */" on one line that is too long becomes three.
function openLongDocstring(line: string): string[] {
  const match = /^(\s*)\/\*\* (.*) \*\/$/.exec(line);
  if (match === null || line.length <= columnsMax) return [line];
  const [, indent = "", text = ""] = match;
  return [`${indent}/**`, `${indent} * ${text}`, `${indent} */`];
}

// A paragraph ends before an empty line, an indented one, and one that begins an item or a tag.
function readParagraph(lines: readonly string[], start: number): Paragraph | undefined {
  const first = readComment(lines[start]);
  if (first === undefined) return undefined;
  const texts = [first.text];
  for (const line of lines.slice(start + 1)) {
    const next = readComment(line);
    if (next?.lead !== first.lead || /^(?:$|\s|[-*@] ?|\d+\. )/.test(next.text)) break;
    if (/^(?:$|\s)/.test(first.text)) break;
    texts.push(next.text);
  }
  return { lead: first.lead, texts };
}

function readComment(line = ""): { lead: string; text: string } | undefined {
  const match = /^(\s*(?:\/\/|\*(?!\/))) ?(.*)$/.exec(line);
  return match === null ? undefined : { lead: match[1] ?? "", text: match[2] ?? "" };
}

function layParagraph({ lead, texts }: Paragraph): string[] {
  const asTheyAre = texts.map((text) => (text === "" ? lead : `${lead} ${text}`));
  if (asTheyAre.every((line) => line.length <= columnsMax)) return asTheyAre;
  const lines = [lead];
  for (const word of texts.join(" ").split(" ")) {
    const line = lines.at(-1) ?? lead;
    const isFull = line !== lead && line.length + 1 + word.length > columnsMax;
    if (isFull) lines.push(`${lead} ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

if (import.meta.main) {
  for (const file of process.argv.slice(2)) {
    const source = readFileSync(file, "utf8");
    const wrapped = wrapComments(source);
    if (wrapped !== source) writeFileSync(file, wrapped);
  }
}

// The text of a configuration before it is a value: what would cost more than any honest file to
// read, or means something else than it seems to, is refused here, with its place. All of it takes
// time in proportion to the text, which may be a stranger's: TestFlow takes flows from clients.

import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import {
  CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  Lexer,
  visit,
  type YAMLMap,
} from "yaml";

/** Largest file, in bytes: 10,000 watched servers with every key take a third of it. */
export const fileBytesMax = 16 * 1024 * 1024;

/** Deepest nesting. Honest files go eight levels deep; readers of YAML go down by recursion. */
const depthMax = 64;

const tooDeep = `is nested too deep: ${depthMax} levels are the most`;

/** Widest indent, in columns: block nesting costs at least one column a level. */
const indentMax = 4 * depthMax;

/** Most anchors, and most aliases. Each alias costs the reader a walk through the whole text. */
const aliasesMax = 100;

/** What is wrong with a text, and where: characters from its start. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** The text of a file. Throws an Error that says why it cannot be read. */
export function readConfigText(file: string): string {
  const bytes = readBounded(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error("it is no UTF-8 text", { cause: error });
  }
}

function readBounded(file: string): Buffer {
  const opened = openSync(file, "r");
  try {
    if (fstatSync(opened).size > fileBytesMax) throw new Error(`more than ${fileBytesMax} bytes`);
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Why a text must not be parsed at all. Absent: nothing speaks against it. */
export function findExcess(text: string): Fault | undefined {
  const counts = { brackets: 0, inLine: 0, aliases: 0, anchors: 0, isLineStart: true };
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    count(counts, type);
    const isDeep = counts.brackets > depthMax || counts.inLine > depthMax;
    if (isDeep || (counts.isLineStart && type === "space" && lexeme.length > indentMax)) {
      return { offset, message: tooDeep };
    }
    if (counts.aliases > aliasesMax || counts.anchors > aliasesMax) {
      return { offset, message: `has too many anchors or aliases: ${aliasesMax} are the most` };
    }
    counts.isLineStart = type === "newline";
    if (!marks.has(lexeme)) offset += lexeme.length;
  }
  return undefined;
}

/** What a parsed text says in a way that reads otherwise than it is meant. */
export function findAmbiguities(document: Document): readonly Fault[] {
  const faults: Fault[] = [];
  const anchors = new Set<string>();
  const fault = (node: unknown, message: string) => faults.push({ offset: startOf(node), message });
  visit(document, {
    Node: (_, node, above) => {
      if (isAlias(node)) {
        const name = `"*${node.source}"`;
        const isInside = above.some((each) => isCollection(each) && each.anchor === node.source);
        if (isInside) fault(node, `${name} refers to what it is part of`);
        else if (!anchors.has(node.source)) fault(node, `${name} refers to nothing above it`);
        return;
      }
      if (node.anchor !== undefined) anchors.add(node.anchor);
      if (isMap(node)) checkKeys(node, fault);
      // A map and its pair are two steps down.
      if (above.length <= 2 * depthMax) return;
      fault(node, tooDeep);
      return visit.BREAK;
    },
  });
  return faults;
}

function checkKeys(map: YAMLMap, fault: (node: unknown, message: string) => void): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key)) {
      fault(isNode(key) ? key : map, "a key must be a plain word");
      continue;
    }
    const name = String(key.value);
    if (seen.has(name)) fault(key, "Map keys must be unique");
    seen.add(name);
  }
}

// The lexer's own marks, which stand for nothing in the text: a byte order mark, the beginning of a
// document, its end by error, and the beginning of a plain value.
const marks: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

function count(
  counts: { brackets: number; inLine: number; aliases: number; anchors: number },
  type: CST.TokenType | null,
): void {
  if (type === "flow-map-start" || type === "flow-seq-start") counts.brackets += 1;
  if (type === "flow-map-end" || type === "flow-seq-end") counts.brackets -= 1;
  if (type === "seq-item-ind" || type === "explicit-key-ind") counts.inLine += 1;
  if (type === "newline") counts.inLine = 0;
  if (type === "alias") counts.aliases += 1;
  if (type === "anchor") counts.anchors += 1;
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

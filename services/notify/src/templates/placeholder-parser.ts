// The language of own templates, parsed: {{path.to.value}}, {{#if path}}…{{else}}…{{/if}} and
// {{#each path}}…{{/each}} with {{this}}. Nothing in it can run code.

/** A parsed template. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly path: readonly string[] }
  | { readonly kind: "each"; readonly path: readonly string[]; readonly body: readonly Piece[] }
  | {
      readonly kind: "if";
      readonly path: readonly string[];
      readonly body: readonly Piece[];
      readonly otherwise: readonly Piece[];
    };

/** What is wrong with a template, and on which line, from 1. */
export class PlaceholderError extends Error {
  override readonly name = "PlaceholderError";
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** How deep blocks may be nested. */
const blockDepthMax = 16;

/** A block whose end has not come yet. */
interface Open {
  readonly kind: "each" | "if" | "file";
  readonly path: readonly string[];
  readonly line: number;
  readonly body: Piece[];
  /** Where pieces after {{else}} go. */
  otherwise: Piece[] | undefined;
}

/**
 * Parses a template. Throws PlaceholderError at the first thing that is no placeholder.
 * @param firstLine line of the file that the source begins on
 */
export function parsePlaceholders(source: string, firstLine = 1): readonly Piece[] {
  const file: Open = { kind: "file", path: [], line: 1, body: [], otherwise: undefined };
  const stack: Open[] = [file];
  const lineAt = (index: number) => firstLine + source.slice(0, index).split("\n").length - 1;
  let offset = 0;
  for (const match of source.matchAll(/(?<!\{)\{\{([^{}]*)\}\}(?!\})/g)) {
    addText(stack, source.slice(offset, match.index), lineAt(offset));
    addTag(stack, (match[1] ?? "").trim(), lineAt(match.index));
    offset = match.index + match[0].length;
  }
  addText(stack, source.slice(offset), lineAt(offset));
  const open = top(stack);
  if (open !== file) throw new PlaceholderError(`{{#${open.kind}}} has no end`, open.line);
  return file.body;
}

function addText(stack: readonly Open[], text: string, line: number): void {
  const brace = /\{\{|\}\}/.exec(text);
  if (brace !== null) {
    const before = text.slice(0, brace.index).split("\n").length - 1;
    throw new PlaceholderError(`${brace[0]} belongs to no placeholder`, line + before);
  }
  if (text !== "") piecesOf(top(stack)).push({ kind: "text", text });
}

function addTag(stack: Open[], tag: string, line: number): void {
  const block = /^#(if|each)\s+(\S+)$/.exec(tag);
  if (block !== null) {
    if (stack.length > blockDepthMax) throw new PlaceholderError("blocks are too deep", line);
    const kind = block[1] === "if" ? "if" : "each";
    const path = parsePath(block[2] ?? "", line);
    stack.push({ kind, path, line, body: [], otherwise: undefined });
  } else if (tag === "else") {
    const open = top(stack);
    if (open.kind !== "if" || open.otherwise !== undefined) {
      throw new PlaceholderError("{{else}} belongs to no {{#if}}", line);
    }
    open.otherwise = [];
  } else if (tag.startsWith("/")) {
    closeBlock(stack, tag.slice(1), line);
  } else {
    piecesOf(top(stack)).push({ kind: "value", path: parsePath(tag, line) });
  }
}

function closeBlock(stack: Open[], kind: string, line: number): void {
  const open = top(stack);
  if (open.kind !== kind) throw new PlaceholderError(`{{/${kind}}} ends nothing`, line);
  stack.pop();
  const { path, body, otherwise } = open;
  const outer = piecesOf(top(stack));
  if (open.kind === "if") outer.push({ kind: "if", path, body, otherwise: otherwise ?? [] });
  else outer.push({ kind: "each", path, body });
}

function parsePath(text: string, line: number): readonly string[] {
  if (/^\w+(?:\.\w+)*$/.test(text)) return text.split(".");
  throw new PlaceholderError(`{{${text}}} is no placeholder such as {{path.to.value}}`, line);
}

function piecesOf(open: Open): Piece[] {
  return open.otherwise ?? open.body;
}

function top(stack: readonly Open[]): Open {
  const open = stack.at(-1);
  if (open === undefined) throw new Error("the stack of blocks always holds the file");
  return open;
}

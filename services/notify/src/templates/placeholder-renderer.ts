// Fills a parsed template with values. Values are looked up as own keys only, printed through one
// escape, and the output is bounded, so that no values can blow it up.

import type { TemplateValue, TemplateValues } from "../core/email.ts";
import type { Piece } from "./placeholder-parser.ts";

/** How a rendering ends. */
export type Filled =
  | { readonly isComplete: true; readonly text: string }
  /** It would be longer than allowed, or takes too many steps. */
  | { readonly isComplete: false };

interface Filling {
  readonly escape: (text: string) => string;
  readonly charsMax: number;
  readonly parts: string[];
  chars: number;
  pieces: number;
}

/** Pieces filled for one mail: a bound on time, as loops that print nothing have no length. */
const piecesMax = 100_000;

/** Fills the pieces with values. Missing values are left out. */
export function fillPlaceholders(
  pieces: readonly Piece[],
  values: TemplateValues,
  options: { readonly escape: (text: string) => string; readonly charsMax: number },
): Filled {
  const filling: Filling = { ...options, parts: [], chars: 0, pieces: 0 };
  const isComplete = fill(pieces, [values], filling);
  return isComplete ? { isComplete, text: filling.parts.join("") } : { isComplete };
}

function fill(pieces: readonly Piece[], scopes: readonly TemplateValue[], to: Filling): boolean {
  return pieces.every((piece) => {
    to.pieces += 1;
    return to.pieces <= piecesMax && fillOne(piece, scopes, to);
  });
}

function fillOne(piece: Piece, scopes: readonly TemplateValue[], to: Filling): boolean {
  switch (piece.kind) {
    case "text":
      return print(piece.text, to);
    case "value":
      return print(to.escape(toText(lookUp(piece.path, scopes))), to);
    case "each": {
      const list = lookUp(piece.path, scopes);
      if (!Array.isArray(list)) return true;
      return list.every((item: TemplateValue) => fill(piece.body, [item, ...scopes], to));
    }
    case "if":
      return fill(
        isSomething(lookUp(piece.path, scopes)) ? piece.body : piece.otherwise,
        scopes,
        to,
      );
  }
}

function print(text: string, to: Filling): boolean {
  to.chars += text.length;
  to.parts.push(text);
  return to.chars <= to.charsMax;
}

// The innermost scope that has the first key decides; the rest of the path is followed from there.
function lookUp(
  path: readonly string[],
  scopes: readonly TemplateValue[],
): TemplateValue | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  const start =
    first === "this"
      ? scopes[0]
      : scopes.map((scope) => child(scope, first)).find((found) => found !== undefined);
  return rest.reduce<TemplateValue | undefined>(child, start);
}

function child(value: TemplateValue | undefined, key: string): TemplateValue | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isMap(value: TemplateValue | undefined): value is TemplateValues {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toText(value: TemplateValue | undefined): string {
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

function isSomething(value: TemplateValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}

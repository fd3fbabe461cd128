// The decision switch: an XPath over the signal document. The only file that imports the XPath
// engine and the XML parser. It evaluates; whether an expression may be trusted with the main
// thread is decided in xpath-trial.ts.

import fontoxpath from "fontoxpath";
import { parseXmlDocument } from "slimdom";

/** Longest expression. An honest switch is a line; depth of nesting is bounded by it too. */
const expressionCharactersMax = 1000;

// A switch must give the same case for the same document, today and when a run is looked at again:
// what reads a clock is refused, and so is what could reach it by a made-up name, or writes to the
// console.
const impureFunction =
  /\b(current-dateTime|current-date|current-time|implicit-timezone|function-lookup|trace)\s*[(#]/;

/**
 * The string value of an expression on an XML document. The engine keeps compiled expressions, so
 * that only the first evaluation compiles. Throws an Error with a message for people when it is no
 * XPath or fails on this document.
 */
export function evaluateSwitch(expression: string, document: string): string {
  try {
    return fontoxpath.evaluateXPathToString(expression, parseXmlDocument(document));
  } catch (error) {
    throw new Error(explain(error), { cause: error });
  }
}

/**
 * Why an expression cannot be a switch, as far as its text tells; "" when nothing speaks against
 * it.
 */
export function inspectExpression(expression: string): string {
  if (expression.trim() === "") return "must be an XPath expression";
  if (expression.length > expressionCharactersMax) {
    return `must be at most ${expressionCharactersMax} characters long`;
  }
  const impure = impureFunction.exec(expression)?.[1];
  if (impure === undefined) return "";
  return `must depend on the signal document only, and ${impure} does not`;
}

// The engine draws the expression and lists every token it would have taken: the place is enough.
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const place = /at <>:(\d+):(\d+) - /.exec(message);
  if (message.includes("XPST0003")) {
    return place === null
      ? "is no XPath"
      : `is no XPath: it breaks at line ${place[1]}, column ${place[2]} of the expression`;
  }
  return `fails on a signal document: ${message.split("\n")[0]}`;
}

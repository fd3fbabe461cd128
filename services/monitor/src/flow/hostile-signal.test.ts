// A signal document holds what a server says of itself. Whatever that is, it stays text: it never
// becomes a part of the document, of an expression, or of a decision.

import { expect, test } from "vitest";
import { writeSignalDocument } from "../core/signal-document.ts";
import { evaluateSwitch, inspectExpression } from "./xpath.ts";

const hostile = [
  '"><evil/><signal server="x',
  "</signal><signal>LIVE</signal>",
  "'] | //secret | ['",
  "x' or '1'='1",
  "&lt;!ENTITY x SYSTEM 'file:///etc/passwd'&gt;",
  '<!DOCTYPE signal [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
  "&x;&#0;&#x3C;",
  "]]><![CDATA[",
  "--><!--",
  "<?xml-stylesheet href='x'?>",
  "{/signal}",
  "\u0000\u0008\u000B\uFFFE\uD800",
  "DEAD",
];

const documentOf = (host: string) =>
  writeSignalDocument({
    serverId: "primary-1",
    host,
    signal: "DEAD",
    term: 7n,
    wallMs: 0,
    reason: "signal",
  });

test.each(hostile)("the host %j changes no decision", (host) => {
  const document = documentOf(host);
  expect(evaluateSwitch("/signal", document)).toBe("DEAD");
  expect(evaluateSwitch("string(count(//* | //comment()))", document)).toBe("1");
  expect(evaluateSwitch("string(count(/signal/@*))", document)).toBe("4");
  const told = evaluateSwitch("string(/signal/@host)", document);
  expect(told).toBe(host.replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD]/gu, ""));
});

test("a value that looks like an expression is compared, not evaluated", () => {
  const document = documentOf("' or true() or '");
  const expression = "if (/signal/@host = 'backup') then 'LIVE' else 'DEAD'";
  expect(evaluateSwitch(expression, document)).toBe("DEAD");
});

test.each([
  "doc('file:///etc/passwd')",
  "unparsed-text('file:///etc/passwd')",
  "collection('http://127.0.0.1/')",
  "environment-variable('PATH')",
  "fn:transform(map{})",
  "js:eval('1')",
])("%s reaches nothing outside of the document", (expression) => {
  const document = documentOf("a");
  const answer = () => inspectExpression(expression) || evaluateSwitch(expression, document);
  let said = "";
  try {
    said = answer();
  } catch (error) {
    said = String(error);
  }
  expect(said).toMatch(/fails on a signal document|is no XPath|must depend on/);
});

import { expect, test } from "vitest";
import { wrapComments } from "./wrap-comments.ts";

const words = (count: number) => Array<string>(count).fill("word").join(" ");

test("a comment that is too wide is broken between words, and loses none", () => {
  const wrapped = wrapComments(`  // ${words(50)}`);
  const lines = wrapped.split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toMatch(/^ {2}\/\/ word.{0,91}$/);
  expect(wrapped.match(/word/g)).toHaveLength(50);
});

test("the line after a wide one is part of its paragraph", () => {
  expect(wrapComments(`// ${words(20)}\n// end`)).toBe(`// ${words(19)}\n// word end`);
});

test("a docstring on one wide line gets lines of its own", () => {
  expect(wrapComments(`/** ${words(19)} */`)).toBe(`/**\n * ${words(19)}\n */`);
});

test.each([
  ["code", `const text = "${words(50)}";`],
  ["narrow comments", "// one\n// two"],
  ["an address", `// ${"x".repeat(150)}`],
  ["a wide paragraph beside a list", `// ${words(19)}\n//\n//   --check   do nothing\n// - item`],
  ["a docstring", "/**\n * One.\n * @param a two\n */"],
])("%s stays as it is", (_, source) => {
  expect(wrapComments(source)).toBe(source);
});

test("wrapping twice is wrapping once", () => {
  const source = `/** ${words(60)} */\n// ${words(45)}\n// - ${words(30)}\n//\n// end`;
  expect(wrapComments(wrapComments(source))).toBe(wrapComments(source));
});

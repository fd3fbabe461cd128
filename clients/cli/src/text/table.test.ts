import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createPaint } from "./paint.ts";
import { printTable } from "./table.ts";

const rows = [
  ["primary-1", { text: "LIVE", style: "good" as const }, ""],
  ["b", { text: "UNKNOWN", style: "bad" as const }, "gone"],
];

test("columns are aligned, and no line ends with spaces", () => {
  expect(printTable(["SERVER", "STATE", "WHY"], rows, createPaint(false))).toEqual([
    "SERVER     STATE    WHY",
    "primary-1  LIVE",
    "b          UNKNOWN  gone",
  ]);
});

test("colours change nothing of what is read", () => {
  const plain = printTable(["SERVER", "STATE", "WHY"], rows, createPaint(false));
  const coloured = printTable(["SERVER", "STATE", "WHY"], rows, createPaint(true));
  expect(coloured).not.toEqual(plain);
  expect(coloured.map((each) => stripVTControlCharacters(each).trimEnd())).toEqual(plain);
});

test("a text of others can neither move the cursor nor begin a line", () => {
  const hostile = "a\u001B[2Jb\nc\u202Ed\u009B1A";
  const [, line] = printTable(["WHY"], [[hostile]], createPaint(false));
  expect(line).toBe("a\uFFFD[2Jb c\uFFFDd\uFFFD1A");
});

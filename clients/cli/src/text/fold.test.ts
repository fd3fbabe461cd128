import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { fold } from "./fold.ts";
import { createPaint } from "./paint.ts";

test("a line that has room stays as it is", () => {
  expect(fold("primary-1 is UNKNOWN", 20)).toEqual(["primary-1 is UNKNOWN"]);
});

test("the last column of a table goes on below itself", () => {
  const row = "primary-1  DEAD  No good heartbeat for the threshold";
  expect(fold(row, 40)).toEqual([
    "primary-1  DEAD  No good heartbeat for",
    "                 the threshold",
  ]);
});

test("a sentence goes on a little to the right, and one that is moved in at its own edge", () => {
  expect(fold("Its channels belong to the server itself", 30)).toEqual([
    "Its channels belong to the",
    "  server itself",
  ]);
  expect(fold("    its channels belong to the server itself", 30)).toEqual([
    "    its channels belong to the",
    "    server itself",
  ]);
});

test("a word that is longer than a line is cut, and nothing of it is lost", () => {
  const pieces = fold("x".repeat(100), 30);
  expect(pieces.every((each) => each.length <= 30)).toBe(true);
  expect(pieces.map((each) => each.trimStart()).join("")).toBe("x".repeat(100));
});

test("colours end with a line, and begin again on the next", () => {
  const pieces = fold(createPaint(true)("bad", "one two three four five six seven eight"), 24);
  expect(pieces).toHaveLength(2);
  for (const piece of pieces) {
    const codes = piece.trimStart().replaceAll("\u001B", "^");
    expect(codes).toMatch(/^\^\[1m\^\[31m/);
    expect(codes).toMatch(/\^\[(?:0|22)m$/);
    expect(stripVTControlCharacters(piece).length).toBeLessThanOrEqual(24);
  }
});

test("a number stays with its unit", () => {
  expect(fold("gaps: 100 ms, 200 ms, 300 ms", 24)).toEqual(["gaps: 100 ms, 200 ms,", "  300 ms"]);
  expect(fold("gaps: 100 ms, 200 ms, 12 s", 24)).toEqual(["gaps: 100 ms, 200 ms,", "  12 s"]);
});

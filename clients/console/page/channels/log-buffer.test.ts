import { expect, test } from "vitest";
import type { LogLineView } from "../../src/view/channel.ts";
import { appendLines, emptyLog, linesMax } from "./log-buffer.ts";

function linesOf(count: number): LogLineView[] {
  return Array.from({ length: count }, (_, at) => ({ atMs: at, source: "stdout", text: `${at}` }));
}

test("lines are kept in the order in which they came, each with its number", () => {
  const buffer = appendLines(appendLines(emptyLog, linesOf(2)), linesOf(1));
  expect(buffer.lines.map(({ number, text }) => [number, text])).toEqual([
    [0, "0"],
    [1, "1"],
    [2, "0"],
  ]);
});

test("the page keeps the last lines only, however many come and in whatever portions", () => {
  const one = appendLines(emptyLog, linesOf(linesMax + 500));
  const many = appendLines(appendLines(emptyLog, linesOf(linesMax)), linesOf(500));
  for (const { lines, count, dropped } of [one, many]) {
    expect({ kept: lines.length, count, dropped }).toEqual({
      kept: linesMax,
      count: linesMax + 500,
      dropped: 500,
    });
    expect(lines[0]?.number).toBe(500);
    expect(lines.at(-1)?.number).toBe(linesMax + 499);
  }
});

test("no lines change nothing", () => {
  expect(appendLines(emptyLog, [])).toBe(emptyLog);
});

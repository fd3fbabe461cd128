import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createPaint } from "../text/paint.ts";
import { clip } from "./clip.ts";
import { Screen } from "./screen.ts";

function openSink(size: { columns: number; rows: number }) {
  const written: string[] = [];
  const sink = { ...size, write: (text: string) => written.push(text) };
  return { sink, written };
}

test("a page that has not changed is not written again, and of another one only the change", () => {
  const { sink, written } = openSink({ columns: 80, rows: 24 });
  using screen = new Screen(sink);
  screen.draw(["one", "two", "three"]);
  const count = written.length;
  screen.draw(["one", "two", "three"]);
  expect(written).toHaveLength(count);
  screen.draw(["one", "2", "three"]);
  expect(written.slice(count)).toEqual(["\u001B[2;1H2\u001B[K"]);
});

test("lines that are gone are cleared", () => {
  const { sink, written } = openSink({ columns: 80, rows: 24 });
  using screen = new Screen(sink);
  screen.draw(["one", "two"]);
  screen.draw(["one"]);
  expect(written.at(-1)).toBe("\u001B[2;1H\u001B[K");
});

test("a window of another size is drawn anew", () => {
  const { sink, written } = openSink({ columns: 80, rows: 24 });
  using screen = new Screen(sink);
  screen.draw(["one"]);
  sink.columns = 40;
  screen.draw(["one"]);
  expect(written.at(-1)).toContain("\u001B[2J");
  expect(written.at(-1)).toContain("one");
});

test("what there is no room for is counted", () => {
  const { sink, written } = openSink({ columns: 80, rows: 3 });
  using screen = new Screen(sink);
  screen.draw(["one", "two", "three", "four"]);
  expect(written.join("")).toContain("… 2 more lines");
  expect(written.join("")).not.toContain("three");
});

test("the end brings the page of before and the cursor back", () => {
  const { sink, written } = openSink({ columns: 80, rows: 24 });
  new Screen(sink)[Symbol.dispose]();
  expect(written.at(-1)).toBe("\u001B[?25h\u001B[?1049l");
});

test("a line is as wide as the window at most, with and without colours", () => {
  const text = "primary-1 is UNKNOWN";
  expect(clip(text, 20)).toBe(text);
  expect(clip(text, 10)).toBe("primary-1…");
  const painted = `${createPaint(true)("bad", text)} and more`;
  expect(stripVTControlCharacters(clip(painted, 10))).toBe("primary-1…");
  expect(clip(painted, 10).endsWith("\u001B[0m")).toBe(true);
});

import { expect, test } from "vitest";
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

test("a line that is too long goes on below, so that nothing is hidden beside the page", () => {
  const { sink, written } = openSink({ columns: 40, rows: 24 });
  using screen = new Screen(sink);
  screen.draw(["monitor UNKNOWN at 127.0.0.1:7502: it does not answer", "mail"]);
  expect(written.at(-1)).toContain("[1;1Hmonitor UNKNOWN at 127.0.0.1:7502: it");
  expect(written.at(-1)).toContain("[2;1H  does not answer");
  expect(written.at(-1)).toContain("[3;1Hmail");
});

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChannelLogs, LogLine } from "../ports.ts";
import { openChannelLogs } from "./channel-log.ts";
import { lineBytesMax, LineSplitter } from "./line-splitter.ts";

let folder: string;
let logs: ChannelLogs;
const clock = { wallMs: () => 0, nowMs: () => performance.now() };
const bytesMax = 4096;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-log-"));
  const onLost = (error: unknown) => {
    throw error;
  };
  logs = openChannelLogs({ folder, bytesMax, ...clock, onLost });
});
afterEach(async () => {
  await logs.close();
  rmSync(folder, { recursive: true });
});

const texts = (lines: readonly LogLine[]) => lines.map((line) => line.text);

test("lines come back with their source, also in the next life", async () => {
  await logs.of("c").write("stdout", Buffer.from("one\ntw"));
  await logs.of("c").write("stderr", Buffer.from("oops\n"));
  await logs.of("c").write("stdout", Buffer.from("o\nrest"));
  await logs.close();
  logs = openChannelLogs({ folder, bytesMax, ...clock, onLost: () => undefined });
  const lines = await logs.of("c").read(10);
  expect(lines.map(({ source, text }) => `${source} ${text}`)).toEqual([
    "stdout one",
    "stderr oops",
    "stdout two",
    "stdout rest",
  ]);
});

test("two files of bounded size are kept, and a tail reads over both", async () => {
  const log = logs.of("c");
  for (let index = 0; index < 200; index += 1) {
    await log.write("stdout", Buffer.from(`line ${index}\n`));
  }
  for (const name of ["c.log", "c.log.1"]) {
    expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(bytesMax);
  }
  const lines = texts(await log.read(120));
  expect(lines).toEqual(Array.from({ length: 120 }, (_, index) => `line ${80 + index}`));
});

test("a follower gets every line once, in order, between its tail and its end", async () => {
  const log = logs.of("c");
  const followed: string[] = [];
  const end = new AbortController();
  const writes: Promise<void>[] = [];
  const write = (text: string) => writes.push(log.write("stdout", Buffer.from(`${text}\n`)));
  write("1");
  const onLines = (lines: readonly LogLine[]) => void followed.push(...texts(lines));
  const tail = log.read(10, { onLines, signal: end.signal });
  write("2");
  write("3");
  await Promise.all(writes);
  end.abort();
  await log.write("stdout", Buffer.from("4\n"));
  expect([...texts(await tail), ...followed]).toEqual(["1", "2", "3"]);
});

test("a failure can show the last 20 lines", async () => {
  const log = logs.of("c");
  const all = Array.from({ length: 30 }, (_, index) => `${index}\n`).join("");
  await log.write("stderr", Buffer.from(all));
  expect(log.lastLines()).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 10)));
});

test("a line is at most 8192 bytes of UTF-8, and never grows what is kept of it", () => {
  for (const text of ["x".repeat(100_000), "€".repeat(9_000)]) {
    const [line = "", next] = [...new LineSplitter().push(Buffer.from(`${text}\nnext\n`))];
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(lineBytesMax);
    expect(text.startsWith(line.replace(/\uFFFD$/, ""))).toBe(true);
    expect(next).toBe("next");
  }
  const [garbage = ""] = [...new LineSplitter().push(Buffer.alloc(9_000, 0xff).fill("\n", 8_999))];
  expect(Buffer.byteLength(garbage)).toBeLessThanOrEqual(lineBytesMax);
});

test("a flood of empty lines leaves the event loop its turns, and is slowed down", async () => {
  const log = logs.of("c");
  const batches: number[] = [];
  const { signal } = new AbortController();
  // A batch is told when it is in the file: each has cost a turn of the event loop at least.
  await log.read(1, { onLines: (lines) => void batches.push(lines.length), signal });
  const startMs = performance.now();
  await log.write("stdout", Buffer.alloc(65_536, "\n"));
  expect(Math.max(...batches)).toBe(500);
  expect(batches.reduce((sum, each) => sum + each)).toBe(65_536);
  // Eight million of bytes and lines at four thousand a millisecond, less a burst of one second.
  expect(performance.now() - startMs).toBeGreaterThan(900);
});

test("a log that is retired opens again, with what it held", async () => {
  await logs.of("c").write("stdout", Buffer.from("one\n"));
  await logs.retire("c");
  await logs.of("c").write("stdout", Buffer.from("two\n"));
  logs.of("c").note("It is gone");
  const lines = await logs.of("c").read(10);
  expect(lines.map(({ source, text }) => `${source} ${text}`)).toEqual([
    "stdout one",
    "stdout two",
    "service It is gone",
  ]);
  expect(logs.of("c").lastLines()).toEqual(["two"]);
});

test("a log has a bounded number of followers", async () => {
  const { signal } = new AbortController();
  const follow = () => logs.of("c").read(1, { onLines: () => undefined, signal });
  for (let count = 0; count < 64; count += 1) await follow();
  await expect(follow()).rejects.toThrow("64 others do already");
});

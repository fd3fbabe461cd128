import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { judge } from "./evidence.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evidence-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text = "{}"): void {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

function putRun(server: string, span: { fromNs: number; seenNs: number; files?: string[] }): void {
  const { fromNs, seenNs, files = [] } = span;
  const start = { event: "start", atNs: `${fromNs}`, channel: "orders", server, term: "1", pid: 1 };
  const units = files.map((file) => ({ event: "unit", atNs: `${fromNs}`, file }));
  const lines = [{ seenNs: `${seenNs}`.padStart(20, "0") }, start, ...units];
  put(`witness/orders.${server}.jsonl`, lines.map((each) => JSON.stringify(each)).join("\n"));
}

test("a file with a result, accepted or rejected, is not lost, and counts once", () => {
  put("orders/outbox/a.json");
  put("orders/rejected/b.json");
  put("orders/rejected/b.xml");
  const verdict = judge(folder, { orders: ["a.xml", "b.xml", "c.xml"] });
  expect(verdict).toMatchObject({ fed: 3, processed: 2, lost: ["c.xml"], duplicated: [] });
});

test("a file that two runs delivered is doubled although the outbox shows one result", () => {
  put("orders/outbox/a.json");
  putRun("primary-1", { fromNs: 10, seenNs: 20, files: ["a.xml"] });
  putRun("backup-1", { fromNs: 30, seenNs: 40, files: ["a.xml"] });
  expect(judge(folder, { orders: ["a.xml"] }).duplicated).toEqual(["a.xml"]);
});

test("a single instant with two runners is an overlap", () => {
  putRun("primary-1", { fromNs: 10, seenNs: 30 });
  putRun("backup-1", { fromNs: 30, seenNs: 30 });
  expect(judge(folder, {}).overlaps).toMatchObject([{ lengthNs: 0n }]);
});

test("a run that begins a nanosecond after another ended is no overlap", () => {
  putRun("primary-1", { fromNs: 10, seenNs: 29 });
  putRun("backup-1", { fromNs: 30, seenNs: 40 });
  expect(judge(folder, {}).overlaps).toEqual([]);
});

test("a line that a kill cut short is passed over", () => {
  put("orders/outbox/a.json");
  putRun("primary-1", { fromNs: 10, seenNs: 20 });
  put("witness/orders.backup-1.jsonl", '{"seenNs":"00000000000000000030"}\n{"event":"sta');
  expect(judge(folder, {}).overlaps).toEqual([]);
});

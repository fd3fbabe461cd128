import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWitness } from "./witness.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "witness-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function seenNs(): bigint {
  const [name = ""] = readdirSync(folder);
  const first = readFileSync(join(folder, name), "utf8").slice(0, 34);
  return BigInt(/\d{20}/.exec(first)?.[0] ?? 0);
}

// Keeps this thread from every timer of its own.
function blockUntil(condition: () => boolean, withinMs: number): boolean {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs) if (condition()) return true;
  return false;
}

test("a run is seen while its thread is busy, again and again", async () => {
  using witness = openWitness(folder, { channel: "orders", server: "s1", term: 1n });
  await witness.keepSeen();
  for (let round = 0; round < 3; round += 1) {
    const busyFromNs = process.hrtime.bigint();
    expect(blockUntil(() => seenNs() > busyFromNs, 10_000)).toBe(true);
  }
});

test("a run that stopped in order says so, and is seen no earlier", () => {
  openWitness(folder, { channel: "orders", server: "s1", term: 1n })[Symbol.dispose]();
  const [name = ""] = readdirSync(folder);
  const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
  const [seen, start, stop] = lines.map((each) => JSON.parse(each) as Record<string, string>);
  expect(start).toMatchObject({ event: "start", channel: "orders", server: "s1", term: "1" });
  expect(stop).toMatchObject({ event: "stop" });
  expect(BigInt(seen?.["seenNs"] ?? 0)).toBeGreaterThanOrEqual(BigInt(start?.["atNs"] ?? 0));
});

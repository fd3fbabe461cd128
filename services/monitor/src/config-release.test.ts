// What configuration says of the release of servers by a monitor that stops (R9).

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readMonitorConfig } from "./config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const flow = "cases: { DEAD: [{ command: { run: [/bin/true] } }] }\n";
const usual = "protection: lease, threshold: 1s";

async function releaseMsOf(release: string, server = usual) {
  const file = join(folder, "backup.yaml");
  writeFileSync(join(folder, "flow.yaml"), flow);
  const lines = [
    "server: backup-1",
    "group: pair",
    "monitor:",
    "  listen: 127.0.0.1:7502",
    release === "" ? "" : `  release: ${release}`,
    "  servers:",
    `    - { id: a, ${server}, flow: flow.yaml }`,
  ];
  writeFileSync(file, lines.join("\n"));
  return (await readMonitorConfig(file, {})).servers[0]?.releaseMs;
}

test("a server is released for ten minutes unless something else is said", async () => {
  expect(await releaseMsOf("")).toBe(600_000);
  expect(await releaseMsOf("{ bound: 90s }")).toBe(90_000);
  expect(await releaseMsOf("off")).toBeUndefined();
});

test("the default is never shorter than the threshold", async () => {
  expect(await releaseMsOf("", "protection: lease, threshold: 1h")).toBe(3_600_000);
});

test("a server without protection is not released: it holds no lease", async () => {
  expect(await releaseMsOf("", "protection: none, threshold: 1s")).toBeUndefined();
});

test.each([
  ["{ bound: 1s }", "monitor.release.bound: 1000 ms must be at least the threshold 2000 ms"],
  ["{ bound: 2d }", 'monitor.release: must be "off" or { bound: 10m }, from 1s to 1d'],
  ["{}", "monitor.release: must be"],
  ["forever", "monitor.release: must be"],
])("refuses %s", async (release, message) => {
  await expect(releaseMsOf(release, "protection: lease, threshold: 2s")).rejects.toThrow(message);
});

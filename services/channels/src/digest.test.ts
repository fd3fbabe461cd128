import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { definitionOf } from "./core/state.fixture.ts";
import { readDefinitionFile } from "./definition-file.ts";
import { digestOf } from "./digest.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-digest-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

// The digest of the one channel of a file in a folder of its own, as on a server of its own.
function digestIn(server: string, channel: string): string | undefined {
  mkdirSync(join(folder, server));
  const file = join(folder, server, "channels.yaml");
  writeFileSync(file, `channels:\n  - ${channel}\n`);
  return readDefinitionFile(file)[0]?.digest;
}

test("a definition has the same digest on every server, wherever its file lies", () => {
  const channel = "{ name: a, process: { command: [run], workingDirectory: ../app } }";
  expect(digestIn("primary", channel)).toBe(digestIn("backup", channel));
});

test("every difference in what would run is a difference of digests", () => {
  const digests = [
    "{ name: a, process: { command: [run] } }",
    "{ name: a, process: { command: [run, fast] } }",
    "{ name: a, process: { command: [run], workingDirectory: app } }",
    "{ name: a, process: { command: [run], user: nobody } }",
    "{ name: a, process: { command: [run], environment: { PORT: 1 } } }",
    '{ name: a, process: { command: [run] }, readiness: { tcp: "127.0.0.1:1" } }',
    "{ name: a, process: { command: [run] }, stop: { timeout: 1s } }",
    "{ name: a, process: { command: [run] }, restart: { attempts: 1 } }",
  ].map((channel, index) => digestIn(`server-${index}`, channel));
  expect(new Set(digests).size).toBe(digests.length);
});

test("who protects a channel, and where it is meant to run, makes no difference", () => {
  const own = "{ name: a, protectedBy: p, process: { command: [run] } }";
  const lent = "{ name: a, protectedBy: q, activation: inactive, process: { command: [run] } }";
  expect(digestIn("p", own)).toBe(digestIn("q", lent));
});

test("the order in which variables are written makes no difference", () => {
  const { runtime } = definitionOf("a");
  const one = definitionOf("a", { runtime: { ...runtime, environment: { A: "1", B: "2" } } });
  const other = definitionOf("a", { runtime: { ...runtime, environment: { B: "2", A: "1" } } });
  expect(digestOf(one)).toBe(digestOf(other));
});

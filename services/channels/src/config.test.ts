import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { readConfig } from "./config.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function problemsOf(file: string): string[] {
  try {
    readConfig(file, {});
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${folder}/`, "").split("\n");
    throw error;
  }
  return [];
}

const instance = `server: a
group: g
protection: lease
channels:
  listen: 127.0.0.1:0
  definitions: [channels.yaml]
`;

test("defaults are filled in, and paths belong to the file that names them", () => {
  const file = write("a.yaml", instance);
  write(
    "channels.yaml",
    `channels:
  - { name: own, protectedBy: a, process: { command: [x], environment: { PORT: 80 } } }
  - { name: lent, protectedBy: b, process: { command: [x], workingDirectory: sub } }
`,
  );
  const config = readConfig(file, {});
  expect(config).toMatchObject({
    dataFolder: join(folder, "data"),
    store: join(folder, "data", "channels.db"),
    settings: { serverId: "a", protection: "lease", stopBudgetMs: 200, killMarginMs: 50 },
  });
  expect(config.definitions).toMatchObject([
    { activation: "active", definition: { runtime: { environment: { PORT: "80" } } } },
    { activation: "inactive", definition: { runtime: { workingDirectory: join(folder, "sub") } } },
  ]);
});

test("everything that is wrong is told at once, with file, line and column", () => {
  const file = write("a.yaml", instance.replace("[channels.yaml]", "[channels.yaml, gone.yaml]"));
  write(
    "channels.yaml",
    `channels:
  - name: Bad Name
    process: { command: [] }
    stop: { signal: SIGSTOP, timeout: 10 }
    readiness: { tcp: nowhere }
`,
  );
  expect(problemsOf(file)).toEqual([
    "channels.yaml:2:5: channels.0.name: must be 1 to 63 characters of a-z, 0-9, dot, _ and -",
    "channels.yaml:3:16: channels.0.process.command: must name a program",
    expect.stringContaining("channels.yaml:4:13: channels.0.stop.signal: must be one of SIGTERM"),
    expect.stringContaining("channels.yaml:4:30: channels.0.stop.timeout: must be a duration"),
    'channels.yaml:5:18: channels.0.readiness.tcp: must be "host:port"',
    expect.stringContaining("gone.yaml: cannot be read"),
  ]);
});

test("a server with protected channels of its own must choose its protection", () => {
  const file = write("a.yaml", instance.replace("protection: lease\n", ""));
  write("channels.yaml", "channels: [{ name: own, protectedBy: a, process: { command: [x] } }]");
  expect(problemsOf(file)).toEqual([
    expect.stringContaining('protection: must be "lease" or "none": channel "own" is protected'),
  ]);
});

test("a name can be defined only once, and SIGKILL comes after the graceful stop began", () => {
  const file = write("a.yaml", `${instance}  stopBudget: 100ms\n  killMargin: 100ms\n`);
  const each = "{ name: twice, process: { command: [x] } }";
  write("channels.yaml", `channels: [${each}, ${each}]`);
  expect(problemsOf(file)).toEqual([
    expect.stringContaining('name: "twice" is defined at'),
    expect.stringContaining("channels.killMargin: must be less than stopBudget"),
  ]);
});

test("more channels than one server may have are refused at the first that is too many", () => {
  const file = write("a.yaml", instance);
  const line = (_: unknown, n: number) => `  - { name: c${n}, process: { command: [x] } }`;
  const lines = Array.from({ length: 1001 }, line);
  write("channels.yaml", `channels:\n${lines.join("\n")}\n`);
  expect(problemsOf(file)).toEqual([
    "channels.yaml:1002:7: channels: must be at most 1000 channels on one server",
  ]);
});

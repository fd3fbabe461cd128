// Rules of the configuration: what is required, what is refused, and where the error points.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "./config.ts";

const least = `
server: primary-1
group: two-servers
protection: lease
heartbeat:
  listen: 127.0.0.1:7401
  monitors: [127.0.0.1:7502]
  channels: 127.0.0.1:7403
`;

function read(text: string, environment: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-heartbeat-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "primary.yaml");
  writeFileSync(file, text);
  return readConfig(file, environment);
}

function problems(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

test("what is not configured has a default", () => {
  expect(read(least)).toEqual({
    server: "primary-1",
    group: "two-servers",
    protection: "lease",
    logLevel: "info",
    tls: undefined,
    warnings: [],
    monitorServers: new Map(),
    listen: "127.0.0.1:7401",
    monitors: ["127.0.0.1:7502"],
    channels: "127.0.0.1:7403",
    host: hostname(),
    intervalMs: 200,
    reconnectMaxMs: 200,
    stopsOnFailedChannel: false,
    answerMs: 500,
    stopMs: 30_000,
    closeMs: 5000,
  });
});

test("the example of the README is valid", () => {
  const file = join(import.meta.dirname, "../../../examples/two-servers/primary.yaml");
  expect(readConfig(file, {})).toMatchObject({ server: "primary-1", intervalMs: 200 });
});

test("protection must be chosen: there is no default", () => {
  const told = problems(least.replace("protection: lease\n", ""));
  expect(told).toMatch(/protection: must be "lease" or "none".*there is no default/);
});

test("an interval is from 10 ms to a minute", () => {
  for (const interval of ["9ms", "61s", "often", "200"]) {
    expect(problems(`${least}  interval: ${interval}\n`)).toMatch(
      /:\d+:\d+: heartbeat\.interval: /,
    );
  }
  expect(read(`${least}  interval: 10ms\n`).intervalMs).toBe(10);
});

// Its threshold may be a few intervals, and counts from its return.
test("a monitor that returns waits for this server no longer than for a heartbeat", () => {
  const reconnectMaxMs = (interval: string) =>
    read(`${least}  interval: ${interval}\n`).reconnectMaxMs;
  expect(reconnectMaxMs("100ms")).toBe(100);
  expect(reconnectMaxMs("500ms")).toBe(500);
});

test("attempts to reach a monitor are neither a flood nor rare, whatever the interval", () => {
  const reconnectMaxMs = (interval: string) =>
    read(`${least}  interval: ${interval}\n`).reconnectMaxMs;
  expect(reconnectMaxMs("10ms")).toBe(50);
  expect(reconnectMaxMs("60s")).toBe(1000);
});

test("every problem is told at once, with line and column", () => {
  const told = problems(`
server: Primary One
group: two-servers
protection: sometimes
heartbeat:
  listen: 7401
  monitors: []
  channel: 127.0.0.1:7403
  timeouts: { answer: 1ms, mood: good }
`).split("\n");
  expect(told.map((line) => /:(\d+:\d+: [\w.]+):/.exec(line)?.[1])).toEqual([
    "2:1: server",
    "4:1: protection",
    "5:1: heartbeat.channels",
    "6:3: heartbeat.listen",
    "7:3: heartbeat.monitors",
    "8:3: heartbeat.channel",
    "9:15: heartbeat.timeouts.answer",
    "9:28: heartbeat.timeouts.mood",
  ]);
});

test("a monitor is named once", () => {
  const twice = least.replace("[127.0.0.1:7502]", "[127.0.0.1:7502, 127.0.0.1:7502]");
  expect(problems(twice)).toMatch("heartbeat.monitors: must not name a monitor twice");
});

test("an instance without the section has no heartbeat service", () => {
  expect(problems("server: a\ngroup: b\nprotection: none\n")).toMatch(
    "heartbeat: must be a section",
  );
});

test("the environment overrides the file", () => {
  const environment = { HOT_BACKUP__HEARTBEAT__STOP_ON_FAILED_CHANNEL: "true" };
  expect(read(least, environment).stopsOnFailedChannel).toBe(true);
});

test("metrics are told where the file says, and beyond this machine only under TLS", () => {
  expect(read(`${least}  metrics: { listen: "127.0.0.1:9401" }\n`).metricsListen).toBe(
    "127.0.0.1:9401",
  );
  expect(read(least).metricsListen).toBeUndefined();
  expect(problems(`${least}  metrics: { listen: "0.0.0.0:9401" }\n`)).toContain(
    'heartbeat.metrics.listen: "0.0.0.0:9401" can be reached from other machines and has no TLS',
  );
});

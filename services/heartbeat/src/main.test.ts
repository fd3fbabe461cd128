// The real process: arguments, signals and exit codes.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import { HeartbeatServiceClient } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { openFakeChannels } from "./grpc/fake-channels.fixture.ts";
import { openFakeMonitor } from "./grpc/fake-monitor.fixture.ts";

const patience = { timeout: 15_000, interval: 20 };
const log = openLog("heartbeat", { server: "primary-1", level: "fatal" });

interface Running {
  readonly child: ChildProcess;
  output(): string;
  /** Lines of the log so far. */
  lines(): readonly Record<string, unknown>[];
  exitCode(): Promise<number | null>;
}

function run(...words: readonly string[]): Running {
  const main = join(import.meta.dirname, "main.ts");
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const closed = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  return {
    child,
    output: () => output,
    lines: () =>
      output
        .split("\n")
        .filter((line) => line.startsWith("{") && line.endsWith("}"))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    exitCode: async () => {
      await closed;
      return child.exitCode;
    },
  };
}

function writeConfig(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-heartbeat-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "primary.yaml");
  writeFileSync(file, text);
  return file;
}

/** A heartbeat service as its own process, between two fakes, with a lease that is held. */
async function begin() {
  const monitor = await openFakeMonitor();
  const channels = await openFakeChannels(log);
  onTestFinished(async () => {
    await monitor[Symbol.asyncDispose]();
    await channels[Symbol.asyncDispose]();
  });
  const order = { serverId: "primary-1", term: 3n, journalId: "journal-a" };
  monitor.grants = [{ order, decision: { $case: "lease", value: toDuration(750) } }];
  const file = writeConfig(`
server: primary-1
group: two-servers
protection: lease
heartbeat:
  listen: 127.0.0.1:0
  monitors: ["${monitor.address}"]
  channels: ${channels.address}
  interval: 50ms
`);
  const service = run("--config", file);
  await vi.waitFor(
    () => expect(monitor.heartbeats.at(-1)?.lease?.state?.$case).toBe("held"),
    patience,
  );
  return { monitor, channels, service };
}

test("SIGTERM closes the server in good order and exits with 0", async () => {
  const { monitor, channels, service } = await begin();
  service.child.kill("SIGTERM");
  expect(await service.exitCode()).toBe(0);
  expect(channels.kinds()).toContain("withdraw");
  expect(monitor.closes).toMatchObject([{ actor: { name: "heartbeat" }, confirmedStopped: true }]);
});

test("SIGUSR2 detaches: no close, the lease runs on, exit code 3", async () => {
  const { monitor, channels, service } = await begin();
  service.child.kill("SIGUSR2");
  expect(await service.exitCode()).toBe(3);
  expect(monitor.closes).toEqual([]);
  expect(channels.kinds()).not.toContain("withdraw");
});

test("CloseServer is answered before the process ends", async () => {
  const { service } = await begin();
  const address = String(
    service.lines().find(({ msg }) => msg === "Heartbeats begin")?.["address"],
  );
  const client = dial(HeartbeatServiceClient, address);
  const health = dial(HealthClient, address);
  onTestFinished(() => {
    client.close();
    health.close();
  });
  const options = { what: "test", deadlineMs: 10_000 };
  expect(await call(health.check.bind(health), { service: "" }, options)).toEqual({
    status: ServingStatus.SERVING,
  });
  const request = { actor: { name: "anna", reason: "a test" }, detach: false };
  expect(await call(client.closeServer.bind(client), request, options)).toEqual({
    confirmedStopped: true,
    closeAnswered: true,
  });
  expect(await service.exitCode()).toBe(0);
});

test("the heartbeat path logs nothing", async () => {
  const { monitor, service } = await begin();
  const before = service.lines().length;
  const count = monitor.heartbeats.length;
  await vi.waitFor(() => expect(monitor.heartbeats.length).toBeGreaterThan(count + 20), patience);
  expect(service.lines().slice(before)).toEqual([]);
});

test("a configuration with errors exits with 2 and tells them all", async () => {
  const service = run("--config", writeConfig("server: x\nheartbeat: { listen: 1 }\n"));
  expect(await service.exitCode()).toBe(2);
  for (const key of ["group", "protection", "heartbeat.listen", "heartbeat.monitors"]) {
    expect(service.output()).toContain(`${key}: `);
  }
});

test("a configuration can be checked without a start", async () => {
  const example = join(import.meta.dirname, "../../../examples/two-servers/primary.yaml");
  const service = run("--config", example, "--check");
  expect(await service.exitCode()).toBe(0);
  expect(service.output()).toMatch("heartbeat: ok");
});

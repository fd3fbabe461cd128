// The real service as a process: killed, frozen, stopped, restarted.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSystemClock, readBootId } from "@hot-backup/kit/clock.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import {
  ChannelServiceClient,
  ListChannelsRequest,
  RenewLeaseRequest,
  type RenewLeaseResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const clock = openSystemClock();
let folder: string;
let services: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-channels-"));
  services = [];
  writeFileSync(
    join(folder, "server.yaml"),
    `server: a
group: g
protection: lease
channels:
  listen: 127.0.0.1:0
  definitions: [channels.yaml]
  # Room for a machine that is busy with other tests: what is tested is that it is kept, not how
  # little it can be.
  stopBudget: 600ms
  killMargin: 300ms
`,
  );
  writeFileSync(
    join(folder, "channels.yaml"),
    `channels:
       - { name: own, protectedBy: a, process: { command: [sh, -c, "trap '' TERM; sleep 999; :"] } }
       - { name: local, process: { command: [sh, -c, "setsid sleep 1000 & wait"] } }`,
  );
});

afterEach(async () => {
  for (const service of services) {
    if (service.exitCode !== null || service.signalCode !== null) continue;
    service.kill("SIGKILL");
    await once(service, "exit");
  }
  await until(() => channelProcesses().length === 0);
  rmSync(folder, { recursive: true });
});

// The bound is that of the test.
async function until(isTrue: () => boolean): Promise<void> {
  await vi.waitUntil(isTrue, { interval: 5, timeout: 60_000 });
}

async function startService() {
  const service = spawn(process.execPath, [main, "--config", join(folder, "server.yaml")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  services.push(service);
  for await (const text of createInterface({ input: service.stdout })) {
    const line: { msg: string; address: string } = JSON.parse(text);
    if (line.msg !== "Listening") continue;
    service.stdout.resume();
    return { service, client: dial(ChannelServiceClient, line.address) };
  }
  throw new Error("the service ended before it listened");
}

// Processes of channels run in the folder of this test.
function channelProcesses(name?: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
        const isMeant = name === undefined || environment.includes(`HOT_BACKUP_CHANNEL=${name}\0`);
        return isMeant && environment.includes(`PWD=${folder}\0`);
      } catch {
        return false;
      }
    });
}

function renew(
  client: ChannelServiceClient,
  term: bigint,
  deadlineMs: number,
): Promise<RenewLeaseResponse> {
  const request = RenewLeaseRequest.fromPartial({
    serverId: "a",
    bootId: readBootId(),
    streamSerial: 1n,
    order: { serverId: "a", term, journalId: "j" },
    decision: { $case: "deadline", value: toDuration(deadlineMs) },
  });
  return call(client.renewLease.bind(client), request, { what: "renew", deadlineMs: 10_000 });
}

async function runLeased(client: ChannelServiceClient, leaseMs: number): Promise<number> {
  const deadlineMs = clock.bootMs() + leaseMs;
  expect((await renew(client, 1n, deadlineMs)).refusedBecause).toBe("");
  await until(() => channelProcesses("own").length === 2);
  return deadlineMs;
}

test("a killed service leaves nothing running, not even what left its group", async () => {
  const { service, client } = await startService();
  await until(() => channelProcesses("local").length === 2);
  await runLeased(client, 60_000);
  service.kill("SIGKILL");
  await until(() => channelProcesses().length === 0);
  expect(service.killed).toBe(true);
  client.close();
});

test("a frozen service runs nothing protected past the deadline of its lease", async () => {
  const { service, client } = await startService();
  await until(() => channelProcesses("local").length === 2);
  const deadlineMs = await runLeased(client, 2_000);
  service.kill("SIGSTOP");
  await until(() => channelProcesses("own").length === 0);
  expect(clock.bootMs()).toBeLessThan(deadlineMs);
  expect(channelProcesses("local")).toHaveLength(2);
  service.kill("SIGKILL");
  client.close();
});

test("a channel that ignores its stop signal is gone by the deadline", async () => {
  const { client } = await startService();
  const deadlineMs = await runLeased(client, 1_500);
  await until(() => channelProcesses("own").length === 0);
  expect(clock.bootMs()).toBeLessThan(deadlineMs);
  expect((await renew(client, 1n, deadlineMs + 60_000)).refusedBecause).toBe("LEASE_ENDED");
  client.close();
});

test("a restarted service starts its own protected channels only under a newer term", async () => {
  const first = await startService();
  await runLeased(first.client, 60_000);
  first.service.kill("SIGKILL");
  await once(first.service, "exit");
  first.client.close();
  const { client } = await startService();
  await until(() => channelProcesses("local").length === 2);
  const again = await renew(client, 1n, clock.bootMs() + 60_000);
  expect(again).toMatchObject({
    refusedBecause: "LEASE_ENDED",
    report: { state: { $case: "ended", value: { term: 1n } } },
  });
  expect(channelProcesses("own")).toHaveLength(0);
  expect((await renew(client, 2n, clock.bootMs() + 60_000)).refusedBecause).toBe("");
  await until(() => channelProcesses("own").length === 2);
  client.close();
});

test("SIGTERM stops every channel in good order, exit code 0", async () => {
  const { service, client } = await startService();
  await until(() => channelProcesses("local").length === 2);
  await runLeased(client, 1_500);
  service.kill("SIGTERM");
  const [code] = await once(service, "exit");
  expect(code).toBe(0);
  expect(channelProcesses()).toEqual([]);
  client.close();
});

test("what an RPC changed stays over a restart", async () => {
  const first = await startService();
  await until(() => channelProcesses("local").length === 2);
  const { undeployChannel } = first.client;
  const request = { name: "local", actor: undefined };
  const options = { what: "undeploy", deadlineMs: 10_000 };
  await call(undeployChannel.bind(first.client), request, options);
  expect(channelProcesses("local")).toEqual([]);
  first.service.kill("SIGTERM");
  await once(first.service, "exit");
  first.client.close();
  const { client } = await startService();
  const { channels } = await call(
    client.listChannels.bind(client),
    ListChannelsRequest.fromPartial({}),
    { what: "list", deadlineMs: 10_000 },
  );
  expect(channels.map((each) => each.definition?.name)).toEqual(["own"]);
  client.close();
});

// Connections that ask for nothing, never finish what they begin, or begin without end: bounded,
// and nobody else is hurt.

import { readFileSync } from "node:fs";
import { credentials } from "@grpc/grpc-js";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  endlessHeaders,
  halfHeaders,
  halfPreface,
  resetRapidly,
  Sockets,
} from "./raw-client.fixture.ts";
import { openVictim, type Victim, withinMs } from "./victim.fixture.ts";

const mebibyte = 1024 * 1024;

/** Most that 10,000 connections on which nothing is asked may take: 40 KiB each. */
const idleBytesMax = 400 * mebibyte;

let victim: Victim;
beforeAll(async () => {
  victim = await openVictim();
}, 2 * withinMs);
afterAll(() => victim[Symbol.asyncDispose]());

const monitorAddress = () => victim.servers.address("monitor");

/** Somebody who was not connected yet gets an answer. */
async function askAnew(): Promise<void> {
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const client = new MonitorServiceClient(monitorAddress(), credentials.createInsecure(), options);
  try {
    const asking = { what: "Cannot list servers", deadlineMs: withinMs };
    const answer = await call(
      client.listServers.bind(client),
      { pageSize: 0, pageToken: "" },
      asking,
    );
    expect(answer.servers).toHaveLength(2);
  } finally {
    client.close();
  }
}

/** What this process may open, less what it needs itself. */
function connectionsPossible(): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return Math.min(10_000, Number(limit?.[1]) - 1000);
}

test("ten thousand idle connections take bounded memory, and everybody is served", async () => {
  using sockets = new Sockets(monitorAddress());
  const count = connectionsPossible();
  expect(count).toBeGreaterThan(0);
  const damage = await victim.damageOf(async () => {
    const before = victim.memoryOf("monitor");
    await sockets.openMany(count);
    await askAnew();
    const grown = victim.memoryOf("monitor") - before;
    process.stdout.write(`${count} idle connections: ${Math.round(grown / mebibyte)} MiB\n`);
    expect(grown).toBeLessThan(idleBytesMax);
  });
  expect(damage).toEqual([]);
});

test("connections that never finish their first request hurt nobody", async () => {
  using sockets = new Sockets(monitorAddress());
  const damage = await victim.damageOf(async () => {
    await sockets.openMany(500, halfPreface);
    await sockets.openMany(500, halfHeaders);
    await askAnew();
  });
  expect(damage).toEqual([]);
});

test("headers without end end the connection", async () => {
  using sockets = new Sockets(monitorAddress());
  const damage = await victim.damageOf(async () => {
    await sockets.openMany(20, endlessHeaders(20_000));
    await waitFor("the connections to be cut", () => sockets.open === 0, { withinMs });
    await askAnew();
  });
  expect(damage).toEqual([]);
});

test("calls that are taken back as fast as they are made end the connection", async () => {
  const damage = await victim.damageOf(async () => {
    const before = victim.memoryOf("monitor");
    const count = 100_000;
    const path = "/hotbackup.v1.MonitorService/WatchServers";
    expect(await resetRapidly(monitorAddress(), { path, count })).toBeLessThan(count);
    expect(victim.memoryOf("monitor") - before).toBeLessThan(200 * mebibyte);
    await askAnew();
  });
  expect(damage).toEqual([]);
});

// One bed, step by step: services that are upgraded, stopped or killed, and started again while the
// primary lives. None of it is a failure of the server, so none of it may give a signal.

import { join } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { HeartbeatServiceClient } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import { Instance } from "@hot-backup/testbed/instance.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  runsOf,
  soundVerdict,
  untilHeard,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";

let bed: Bed;
beforeAll(async () => {
  // Long enough for a restart on a busy machine: here a restart must never look like a death.
  bed = await openBed(watchedServer({ threshold: "8s" }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a heartbeat service upgraded by detach leaves lease and channels as they are", async () => {
  const { primary } = bed.servers;
  const detach = async () => {
    process.kill(primary.pid("heartbeat"), "SIGUSR2");
    expect(await primary.ended("heartbeat")).toEqual({ code: 3, signal: null });
  };
  expect(await signalsUnbroken(() => replaceHeartbeat(detach))).toEqual(["LIVE"]);
});

test("a heartbeat service killed and restarted leaves lease and channels as they are", async () => {
  const kill = () => bed.servers.primary.killService("heartbeat");
  expect(await signalsUnbroken(() => replaceHeartbeat(kill))).toEqual(["LIVE"]);
});

test("a monitor restarted in good order leaves lease and channels as they are", async () => {
  const { backup } = bed.servers;
  const signals = await signalsUnbroken(async () => {
    const endings = await backup.stop(["monitor"]);
    expect(endings.get("monitor")).toEqual({ code: 0, signal: null });
    backup.start(["monitor"]);
    await untilHeard(bed);
  });
  expect(signals).toEqual(["LIVE"]);
});

test("a monitor killed and restarted leaves lease and channels as they are", async () => {
  const { backup } = bed.servers;
  const signals = await signalsUnbroken(async () => {
    await backup.killService("monitor");
    backup.start(["monitor"]);
    await untilHeard(bed);
  });
  expect(signals).toEqual(["LIVE"]);
});

test("a copy of the server with the same id is refused, and the original goes on", async () => {
  await using clone = await startClone();
  const refusal = await bed.servers.waitFor("the copy to be refused", withinMs, async () => {
    const { lastError } = await heartbeatStatus(clone.heartbeat);
    return lastError.includes("OTHER_HOLDER") && lastError;
  });
  expect(refusal).toMatch(/primary-1/);
  await untilHeard(bed);
  expectOneRun();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a primary whose channels service crashes gets a new lease, without a signal", async () => {
  const { servers } = bed;
  const { term } = await servers.server();
  await servers.primary.killService("channels");
  servers.primary.start(["channels"]);
  expect(await signalsAtNewTerm(term)).toEqual(["LIVE"]);
});

test("so does one whose channels service is stopped in good order and started again", async () => {
  const { servers } = bed;
  const { term } = await servers.server();
  const endings = await servers.primary.stop(["channels"]);
  expect(endings.get("channels")).toEqual({ code: 0, signal: null });
  servers.primary.start(["channels"]);
  expect(await signalsAtNewTerm(term)).toEqual(["LIVE"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

test("the backup's own channel has run all the time", () => {
  expect(runsOf(bed.servers, "reports")).toMatchObject([{ server: "backup-1" }]);
});

async function signalsAtNewTerm(term: bigint): Promise<readonly string[]> {
  await bed.servers.waitFor("orders to run under a new term", withinMs, () => {
    return (runsOf(bed.servers, "orders").at(-1)?.term ?? 0n) > term;
  });
  await untilRunningOn(bed, "primary");
  return untilSignals(bed, 1);
}

// Under the same term, and without a gap.
async function signalsUnbroken(replace: () => Promise<void>): Promise<readonly string[]> {
  const { term } = await bed.servers.server();
  await replace();
  expect((await bed.servers.server()).term).toBe(term);
  expectOneRun();
  return untilSignals(bed, 1);
}

/** Lets the heartbeat service end, starts the next one, and waits until that is answered. */
async function replaceHeartbeat(end: () => Promise<void>): Promise<void> {
  const before = await heartbeatStatus(bed.servers.heartbeat);
  await end();
  bed.servers.primary.start(["heartbeat"]);
  await bed.servers.waitFor("an answer to the new heartbeat service", withinMs, async () => {
    const { lifeId, answered } = await heartbeatStatus(bed.servers.heartbeat);
    return lifeId !== before.lifeId && answered > 0;
  });
}

// No gap: the very process that ran before runs still.
function expectOneRun(): void {
  const runs = runsOf(bed.servers, "orders");
  expect(runs).toMatchObject([{ server: "primary-1" }]);
  expect(isRunning(runs[0]?.pid ?? 0)).toBe(true);
}

function heartbeatStatus(client: HeartbeatServiceClient) {
  const options = { what: "Cannot get the heartbeat status", deadlineMs: 2000 };
  return call(client.getHeartbeatStatus.bind(client), {}, options);
}

// The primary's configuration with its own ports and an empty data folder, as on a machine that was
// made from an image of the first.
async function startClone() {
  const { folder } = bed.servers;
  const configFile = join(folder, "config", "clone.yaml");
  const [heartbeatPort = 0, channelsPort = 0] = await chooseFreePorts(2);
  const text = readFileSync(join(folder, "config", "primary.yaml"), "utf8")
    .replaceAll(bed.servers.address("primaryHeartbeat"), `127.0.0.1:${heartbeatPort}`)
    .replaceAll(bed.servers.address("primaryChannels"), `127.0.0.1:${channelsPort}`)
    // Its numbers are of no interest, and the original has their ports.
    .replace(/^ *metrics: .*\n/gm, "")
    .replace(/^dataFolder: .*$/m, `dataFolder: ${join(folder, "clone")}`);
  writeFileSync(configFile, text);
  const instance = new Instance({
    name: "clone",
    services: ["heartbeat", "channels"],
    configFile,
    logFolder: join(folder, "logs"),
  });
  instance.start();
  const heartbeat = dial(HeartbeatServiceClient, `127.0.0.1:${heartbeatPort}`);
  return {
    heartbeat,
    [Symbol.asyncDispose]: async () => {
      heartbeat.close();
      await instance[Symbol.asyncDispose]();
    },
  };
}

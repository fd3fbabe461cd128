// One bed, step by step: a monitor that stops in good order releases its servers (R9), a primary
// that dies while no monitor runs, and a journal that is declared restored (R7).

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import {
  Assignment,
  ExplainServerRequest,
  ServerState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import { serviceEnvironment } from "@hot-backup/testbed/service-process.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  protectedChannels,
  runsOf,
  soundVerdict,
  untilHeard,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  wallMsOf,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";

const thresholdMs = 2000;
const boundMs = 12_000;

const restoreProgram = fileURLToPath(
  new URL("../../services/monitor/src/restore.ts", import.meta.url),
);

let bed: Bed;
beforeAll(async () => {
  const watched = watchedServer({ threshold: `${thresholdMs}ms` });
  bed = await openBed((file, document) => {
    watched(file, document);
    if (file === "backup.yaml") document.setIn(["monitor", "release", "bound"], `${boundMs}ms`);
  });
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("while a monitor is away in good order, the channels work on past the threshold", async () => {
  const { servers } = bed;
  const stopped = await servers.backup.stop(["monitor"]);
  expect(stopped.get("monitor")).toEqual({ code: 0, signal: null });
  const awayMs = Date.now();
  await untilWorkedAt(awayMs + 2 * thresholdMs);
  expectOneRun();
});

test("the monitor that comes back gives no signal, and an ordinary lease again", async () => {
  const { servers } = bed;
  servers.backup.start(["monitor"]);
  await servers.waitFor("the release to end", withinMs, async () => {
    const { release, lease, state } = await servers.server();
    const isLive = state === ServerState.SERVER_STATE_LIVE;
    if (!isLive || release !== undefined || lease?.state?.$case !== "held") return false;
    return (lease.state.value.timeLeft?.seconds ?? 0n) * 1000n < thresholdMs;
  });
  expectOneRun();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a heartbeat service that restarts in between leaves the release as it is", async () => {
  const { servers } = bed;
  await servers.backup.stop(["monitor"]);
  const awayMs = Date.now();
  await servers.primary.killService("heartbeat");
  servers.primary.start(["heartbeat"]);
  await untilWorkedAt(awayMs + 2 * thresholdMs);
  servers.backup.start(["monitor"]);
  await untilHeard(bed);
  await servers.waitFor("the release to end", withinMs, async () => {
    return (await servers.server()).release === undefined;
  });
  expectOneRun();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a primary that died in between is DEAD after bound and threshold, not before", async () => {
  const { servers } = bed;
  await servers.backup.stop(["monitor"]);
  await servers.primary.kill();
  const beganMs = Date.now();
  servers.backup.start(["monitor"]);
  await servers.waitForServing("monitor", withinMs);
  const { release, asOf, state } = await servers.server();
  expect(state).toBe(ServerState.SERVER_STATE_WAITING);
  expect(release).toMatchObject({ by: "backup-1", bound: { seconds: 12n, nanos: 0 } });
  expect(release?.until?.getTime()).toBeGreaterThan(asOf?.getTime() ?? Infinity);
  expect(await explained()).toMatch(
    /Released by monitor backup-1 .* nothing is declared for \d+ s/,
  );
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  const deadMs = (await servers.signals()).at(-1)?.at?.getTime() ?? 0;
  expect(deadMs - beganMs).toBeGreaterThanOrEqual(boundMs + thresholdMs);
  // A busy machine starts a monitor slowly, and the release counts from then.
  expect(deadMs - beganMs).toBeLessThan(boundMs + thresholdMs + 10_000);
  await untilRunningOn(bed, "backup");
});

test("a journal that a monitor has open is not restored", async () => {
  bed.servers.primary.start();
  await untilRunningOn(bed, "primary");
  const { code, output } = await restore();
  expect(code).toBe(1);
  expect(output).toMatch(/another process is using it/);
});

test("a restored journal takes the running primary over, without gap and signal", async () => {
  const { servers } = bed;
  const before = await servers.server();
  const runs = runsOf(servers, "orders").length;
  await servers.backup.stop(["monitor"]);
  const { code, output } = await restore();
  expect(output).toMatch(/restored, with the new id/);
  expect(code).toBe(0);
  servers.backup.start(["monitor"]);
  const after = await servers.waitFor("the primary to be assigned", withinMs, async () => {
    const server = await servers.server();
    const isPrimary = server.assignment === Assignment.ASSIGNMENT_PRIMARY;
    return isPrimary && server.release === undefined && server;
  });
  expect(after.journalId).not.toBe(before.journalId);
  expect(after.term).toBeGreaterThan(before.term);
  expect(runsOf(servers, "orders")).toHaveLength(runs);
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  expect(await history()).toContain("anna: the disk of the monitor was replaced");
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

test("the backup's own channel has run all the time", () => {
  expect(runsOf(bed.servers, "reports")).toMatchObject([{ server: "backup-1" }]);
});

// The very processes that ran before run still.
function expectOneRun(): void {
  for (const channel of protectedChannels) {
    const runs = runsOf(bed.servers, channel);
    expect(runs).toMatchObject([{ server: "primary-1" }]);
    expect(isRunning(runs[0]?.pid ?? 0)).toBe(true);
  }
}

async function untilWorkedAt(wallMs: number): Promise<void> {
  await bed.servers.waitFor("work that was done while the monitor was away", withinMs, () => {
    return protectedChannels.every((channel) => {
      const last = runsOf(bed.servers, channel).at(-1)?.units.at(-1);
      return last !== undefined && wallMsOf(last.atNs) > wallMs;
    });
  });
}

async function explain() {
  const { monitor } = bed.servers;
  const options = { what: "Cannot explain the server", deadlineMs: withinMs };
  const request = ExplainServerRequest.fromPartial({ serverId: primaryId });
  return call(monitor.explainServer.bind(monitor), request, options);
}

async function explained(): Promise<string> {
  return (await explain()).blockedBy.join("\n");
}

async function history(): Promise<string[]> {
  const lines = (await explain()).history;
  return lines.map(({ actor }) => (actor === undefined ? "" : `${actor.name}: ${actor.reason}`));
}

function restore(): Promise<{ code: number | null; output: string }> {
  const config = join(bed.servers.folder, "config", "backup.yaml");
  const words = ["--actor", "anna", "--reason", "the disk of the monitor was replaced"];
  const env = serviceEnvironment();
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [restoreProgram, "--config", config, ...words],
      { env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

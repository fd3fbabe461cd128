// One bed, step by step: every service replaced in the order and in the way that docs/operations.md
// tells, while work comes in. Nobody may notice but those whose channels have to move.

import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { WitnessedRun } from "@hot-backup/testbed/evidence.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import type { ServiceName } from "@hot-backup/testbed/service-process.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  type Bed,
  openBed,
  protectedChannels,
  runsOf,
  soundVerdict,
  subjectWord,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";

// Long enough for one service to start on a busy machine: that must never look like a death.
const thresholdMs = 10_000;

let bed: Bed;
beforeAll(async () => {
  bed = await openBed(watchedServer({ threshold: `${thresholdMs}ms` }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a notify service is replaced without a gap", async () => {
  await replaceInOrder("backup", "notify");
  await bed.servers.waitForServing("notify", withinMs);
  await expectNoGap();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("so is the channels service of a backup that only waits", async () => {
  const { servers } = bed;
  await replaceInOrder("backup", "channels");
  await servers.waitFor("the target to be watched and to do its own work", withinMs, async () => {
    const [target] = (await servers.server()).targets;
    const reports = (await servers.channels("backup")).get("reports");
    return target?.watched === true && reports?.activity === Activity.ACTIVITY_STARTED;
  });
  await untilStoppedOn(bed, "backup");
  await expectNoGap();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("so is a monitor that is stopped in good order: its last lease spans the time", async () => {
  const { servers } = bed;
  const { term } = await servers.server();
  await replaceInOrder("backup", "monitor");
  await servers.waitFor("the release to end", withinMs, async () => {
    const { release, sinceGood } = await servers.server();
    return release === undefined && sinceGood !== undefined;
  });
  expect((await servers.server()).term).toBe(term);
  await expectNoGap();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("so is a heartbeat service that is detached: the lease runs on", async () => {
  const { primary } = bed.servers;
  const { term } = await bed.servers.server();
  const before = await heartbeatStatus();
  primary.send(["heartbeat"], "SIGUSR2");
  expect(await primary.ended("heartbeat")).toEqual({ code: 3, signal: null });
  primary.start(["heartbeat"]);
  await untilGoodAgain(before.lifeId);
  expect((await bed.servers.server()).term).toBe(term);
  await expectNoGap();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a channels service takes its channels with it for as long as it is away", async (context) => {
  const before = lastRuns();
  const { term } = await bed.servers.server();
  await replaceInOrder("primary", "channels");
  await bed.servers.waitFor("the channels to run under a new term", withinMs, () => {
    return lastRuns().every((run) => run.term > term);
  });
  await untilRunningOn(bed, "primary");
  const gaps = gapsAfter(before);
  expect(gaps).toSatisfy(areBrief);
  await context.annotate(`in place: ${gaps.join(", ")} ms without a runner`);
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("by switchover they are away only twice, and briefly", async (context) => {
  const atHome = lastRuns();
  // A monitor that has just started orders no start yet (R5), and says so.
  await bed.servers.waitFor("the switchover to be taken", withinMs, isSwitchoverTaken);
  await untilRunningOn(bed, "backup");
  await ask(bed, "setMaintenance");
  await replaceInOrder("primary", "channels");
  await untilGoodAgain("");
  await untilStoppedOn(bed, "primary");
  await ask(bed, "clearMaintenance");
  const away = lastRuns();
  await ask(bed, "failback");
  await untilRunningOn(bed, "primary");
  const gaps = [...gapsAfter(atHome), ...gapsAfter(away)];
  expect(gaps).toSatisfy(areBrief);
  await context.annotate(`by switchover: ${gaps.join(", ")} ms without a runner`);
});

test("nobody was told of a death: one signal, and the mails of what an operator did", async () => {
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  const told = await bed.servers.waitFor("three mails", withinMs, () => {
    const subjects = bed.servers.mailbox.mails.map(({ subject }) => subjectWord(subject));
    // Where the machine is busy a switchover takes longer than mailDelay: a RESOLVED follows it.
    const first = subjects.filter((each) => !each.startsWith("RESOLVED"));
    return first.length >= 3 && first;
  });
  expect(told).toEqual(["LIVE", "SWITCHOVER", "FAILBACK"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

async function isSwitchoverTaken(): Promise<boolean> {
  try {
    await ask(bed, "switchover");
    return true;
  } catch (error) {
    if (error instanceof CallFailed && error.reason === "TARGET_NOT_READY") return false;
    throw error;
  }
}

/** SIGTERM, and the successor with the same configuration as soon as it is gone. */
async function replaceInOrder(role: "primary" | "backup", service: ServiceName): Promise<void> {
  const instance = bed.servers[role];
  const endings = await instance.stop([service]);
  expect(endings.get(service)).toEqual({ code: 0, signal: null });
  instance.start([service]);
}

// The very processes that ran first run still, and work.
async function expectNoGap(): Promise<void> {
  const done = protectedChannels.map((channel) => unitsOf(channel));
  await bed.servers.waitFor("work that was done after the upgrade", withinMs, () => {
    return protectedChannels.every((channel, index) => unitsOf(channel) > (done[index] ?? 0));
  });
  for (const channel of protectedChannels) {
    const runs = runsOf(bed.servers, channel);
    expect(runs).toMatchObject([{ server: "primary-1" }]);
    expect(isRunning(runs[0]?.pid ?? 0)).toBe(true);
  }
}

function unitsOf(channel: string): number {
  return runsOf(bed.servers, channel).reduce((sum, { units }) => sum + units.length, 0);
}

function lastRuns(): WitnessedRun[] {
  return protectedChannels.flatMap((channel) => runsOf(bed.servers, channel).at(-1) ?? []);
}

// Between the last sign of each of these runs and the first one of the run after it.
function gapsAfter(before: readonly WitnessedRun[]): number[] {
  return before.map(({ channel, pid }) => {
    const runs = runsOf(bed.servers, channel);
    const index = runs.findIndex((run) => run.pid === pid);
    const [last, next] = [runs[index], runs[index + 1]];
    if (last === undefined || next === undefined) return Number.NaN;
    return Math.round(Number(next.startNs - last.endNs) / 1e6);
  });
}

// Shorter, and it would be two runners; longer, and a death.
function areBrief(gapsMs: readonly number[]): boolean {
  return gapsMs.every((gapMs) => gapMs > 0 && gapMs < thresholdMs);
}

/** Waits until the heartbeats of another life than this one are answered and count as good. */
async function untilGoodAgain(lifeIdBefore: string): Promise<void> {
  await bed.servers.waitFor("good heartbeats of the server", withinMs, async () => {
    const { lifeId, answered, channelsAnswering, unfitBecause } = await heartbeatStatus();
    const isGood = answered > 0n && channelsAnswering && unfitBecause === "";
    return lifeId !== lifeIdBefore && isGood;
  });
}

function heartbeatStatus() {
  const { heartbeat } = bed.servers;
  const options = { what: "Cannot get the heartbeat status", deadlineMs: withinMs };
  return call(heartbeat.getHeartbeatStatus.bind(heartbeat), {}, options);
}

// One bed, step by step: the monitor is gone, and an operator breaks the glass, first on the
// primary, then on the backup. The next contact with the monitor brings each of them back under
// the rule of one runner, without a gap where that is safe.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import {
  type Channel,
  StartChannelsRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { ExplainServerRequest } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  protectedChannels,
  runsOf,
  soundVerdict,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";

const actor = { name: "anna", reason: "the machine of the monitor burns" };

let bed: Bed;
beforeAll(async () => {
  // Long enough for a restart of the monitor on a busy machine.
  bed = await openBed(watchedServer({ threshold: "4s" }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("while the monitor answers nobody breaks the glass, on neither side", async () => {
  expect(await refusalOn("primary")).toBe("MONITOR_ANSWERS");
  expect(await refusalOn("backup")).toBe("MONITOR_ANSWERS");
});

test("a primary whose monitor is killed stops its channels, and takes no plain start", async () => {
  await bed.servers.backup.killService("monitor");
  await untilStoppedOn(bed, "primary");
  const [refused] = await start("primary", {});
  expect(refused).toMatchObject({ ok: false, reason: "LEASE_REQUIRED" });
});

test("an override runs them under the term they had, and is shown", async () => {
  await overrideOn("primary");
  await untilRunningOn(bed, "primary");
  const [first, second] = runsOf(bed.servers, "orders");
  expect(second).toMatchObject({ server: "primary-1", term: first?.term });
  const channels = await bed.servers.channels("primary");
  for (const name of protectedChannels) expect(channels.get(name)?.override?.actor).toEqual(actor);
});

test("a monitor that returns gives them a lease of a new term, and they never stop", async () => {
  const pid = runsOf(bed.servers, "orders").at(-1)?.pid ?? 0;
  const { term } = runsOf(bed.servers, "orders").at(-1) ?? { term: 0n };
  bed.servers.backup.start(["monitor"]);
  await bed.servers.waitFor("a lease in place of the override", withinMs, async () => {
    const { lease } = await bed.servers.server();
    return lease?.state?.$case === "held" && lease.state.value.term > term;
  });
  await untilNoOverrideOn("primary");
  expect(isRunning(pid)).toBe(true);
  expect(runsOf(bed.servers, "orders")).toHaveLength(2);
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("both histories tell who broke the glass", async () => {
  const { monitor } = bed.servers;
  const options = { what: "Cannot explain the server", deadlineMs: withinMs };
  const request = ExplainServerRequest.fromPartial({ serverId: primaryId });
  const { history } = await call(monitor.explainServer.bind(monitor), request, options);
  const entry = history.find(({ text }) => text.includes("override"));
  expect(entry).toMatchObject({ actor });
  const [override] = await overridesOf("primary");
  expect(override).toMatchObject({ actor, names: protectedChannels });
  expect(override?.endedAt?.getTime()).toBeGreaterThanOrEqual(override?.since?.getTime() ?? 0);
});

test("a backup that outlived primary and monitor runs the channels by an override", async () => {
  await bed.servers.backup.killService("monitor");
  await bed.servers.primary.kill();
  await bed.servers.waitFor("the monitor to be missed", withinMs, async () => {
    return (await refusalOn("backup")) === undefined;
  });
  await untilRunningOn(bed, "backup");
  expect(runsOf(bed.servers, "orders").at(-1)).toMatchObject({ server: "backup-1" });
});

test("a monitor that returns stops what it has not given, and then gives it", async () => {
  bed.servers.backup.start(["monitor"]);
  // As far as the journal knows they are the primary's: the backup stops at once.
  await untilNoOverrideOn("backup");
  await untilStoppedOn(bed, "backup");
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  const [, , overridden, ordered] = runsOf(bed.servers, "orders");
  expect(overridden).toMatchObject({ server: "backup-1", stoppedInOrder: true });
  expect(ordered).toMatchObject({ server: "backup-1" });
  expect(ordered?.term).toBeGreaterThan(overridden?.term ?? 0n);
});

test("a primary that returns gets them back, and exactly one server runs them", async () => {
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  await untilStoppedOn(bed, "backup");
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

test("the backup's own channel has run all the time", () => {
  expect(runsOf(bed.servers, "reports")).toMatchObject([{ server: "backup-1" }]);
});

function clientOf(role: "primary" | "backup") {
  return role === "primary" ? bed.servers.primaryChannels : bed.servers.backupChannels;
}

async function start(role: "primary" | "backup", fields: object) {
  const request = StartChannelsRequest.fromPartial({ names: protectedChannels, ...fields });
  const client = clientOf(role);
  const options = { what: `Cannot start channels on the ${role}`, deadlineMs: withinMs };
  return (await call(client.startChannels.bind(client), request, options)).results;
}

async function overrideOn(role: "primary" | "backup"): Promise<void> {
  const results = await start(role, { actor, override: { serverId: primaryId } });
  expect(results.map(({ ok }) => ok)).toEqual([true, true]);
}

/** Why the glass is not broken, or undefined when it is. */
async function refusalOn(role: "primary" | "backup"): Promise<string | undefined> {
  try {
    await overrideOn(role);
    return undefined;
  } catch (error) {
    if (error instanceof CallFailed) return error.reason;
    throw error;
  }
}

async function overridesOf(role: "primary" | "backup") {
  const client = clientOf(role);
  const options = { what: `Cannot list the overrides of the ${role}`, deadlineMs: withinMs };
  const request = { protectedBy: primaryId, pageSize: 0, pageToken: "" };
  return (await call(client.listChannels.bind(client), request, options)).overrides;
}

async function untilNoOverrideOn(role: "primary" | "backup"): Promise<void> {
  await bed.servers.waitFor(`the override on the ${role} to end`, withinMs, async () => {
    const channels: Channel[] = [...(await bed.servers.channels(role)).values()];
    const isOver = channels.every(({ override }) => override === undefined);
    return isOver && (await overridesOf(role))[0]?.endedAt !== undefined;
  });
}

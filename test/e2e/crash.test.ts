// One bed, step by step: services of the backup that crash at bad moments and are started again, as
// systemd would start them.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Assignment } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  runsOf,
  soundVerdict,
  untilMails,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  withinMs,
} from "./bed.fixture.ts";

const thresholdMs = 1000;

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a monitor away for longer than a lease gives a new one, without a signal", async () => {
  const { servers } = bed;
  const { term } = await servers.server();
  await servers.backup.killService("monitor");
  await untilStoppedOn(bed, "primary");
  servers.backup.start(["monitor"]);
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  expect((await servers.server()).term).toBeGreaterThan(term);
  expect(runsOf(servers, "orders").map((run) => run.server)).toEqual(["primary-1", "primary-1"]);
});

test("a monitor killed in the middle of a failover goes on and repeats no signal", async () => {
  const { servers } = bed;
  await servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await servers.backup.killService("monitor");
  servers.backup.start(["monitor"]);
  await untilRunningOn(bed, "backup");
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
});

test("a backup whose channels service crashes after a takeover runs them again", async () => {
  const { servers } = bed;
  const before = runsOf(servers, "orders").length;
  await servers.backup.killService("channels");
  servers.backup.start(["channels"]);
  await servers.waitFor("orders to be started again", withinMs, () => {
    return runsOf(servers, "orders").length > before;
  });
  await untilRunningOn(bed, "backup");
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  expect(runsOf(servers, "orders").at(-1)).toMatchObject({ server: "backup-1" });
});

test("a backup that had the channels and cannot answer keeps the primary back", async () => {
  const { servers } = bed;
  await servers.backup.killService("channels");
  servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  const liveAtMs = (await servers.signals()).at(-1)?.at?.getTime() ?? 0;
  const isPatienceOver = () => Date.now() - liveAtMs > 2 * thresholdMs;
  await servers.waitFor("the gate to lose its patience", withinMs, isPatienceOver);
  const { assignment, targets } = await servers.server();
  expect(assignment).toBe(Assignment.ASSIGNMENT_NOBODY);
  expect(targets).toMatchObject([{ name: "backup-1", clean: false, confirmed: false }]);
  await untilStoppedOn(bed, "primary");
});

test("an operator's word for the backup lets the primary start", async () => {
  const { monitor } = bed.servers;
  const actor = { name: "an operator", reason: "the backup is switched off" };
  const request = { serverId: primaryId, target: "backup-1", actor };
  const options = { what: "Cannot confirm backup-1", deadlineMs: withinMs };
  await call(monitor.confirmStopped.bind(monitor), request, options);
  await untilRunningOn(bed, "primary");
  expect(runsOf(bed.servers, "orders").at(-1)).toMatchObject({ server: "primary-1" });
});

test("a backup that is back starts its own channels and none of the borrowed ones", async () => {
  const { servers } = bed;
  servers.backup.start(["channels"]);
  await servers.waitFor("reports to run on the backup", withinMs, async () => {
    const reports = (await servers.channels("backup")).get("reports");
    return reports?.activity === Activity.ACTIVITY_STARTED;
  });
  await untilStoppedOn(bed, "backup");
  expect(runsOf(servers, "orders").at(-1)).toMatchObject({ server: "primary-1" });
});

test("every signal is told by one mail, whatever crashed meanwhile", async () => {
  // The last LIVE took longer than mailDelay where the machine is busy: then a RESOLVED follows it.
  const words = (await untilMails(bed, 3)).filter((each) => !each.startsWith("RESOLVED"));
  expect(words).toEqual(["LIVE", "DEAD", "LIVE"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

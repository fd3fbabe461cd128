// One bed, step by step: services of the backup that crash at bad moments and are started again, as
// systemd would start them.

import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  expectSound,
  openBed,
  runsOf,
  untilHeard,
  untilMails,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  withinMs,
} from "./bed.fixture.ts";

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

test("after all these crashes the primary gets its channels back, by one signal", async () => {
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilHeard(bed);
  await untilRunningOn(bed, "primary");
});

test("every signal is told by one mail, whatever crashed meanwhile", async () => {
  expect(await untilMails(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  await expectSound(bed);
});

// Services that crash at bad moments and are started again, as systemd would start them.

import { expect, test } from "vitest";
import {
  expectSound,
  openBed,
  runsOf,
  untilMails,
  untilRunningOn,
  untilSignals,
  withinMs,
} from "./bed.fixture.ts";

test("a monitor killed in the middle of a failover goes on and repeats no signal", async () => {
  await using bed = await openBed();
  const { servers } = bed;
  await servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await servers.backup.killService("monitor");
  servers.backup.start(["monitor"]);
  await untilRunningOn(bed, "backup");
  expect(await untilMails(bed, 2)).toEqual(["LIVE", "DEAD"]);
  servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  expect(await untilMails(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await expectSound(bed);
});

test("a monitor that is killed while all is well gives no signal when it is back", async () => {
  await using bed = await openBed();
  const { servers } = bed;
  const term = (await servers.server()).term;
  await servers.backup.killService("monitor");
  servers.backup.start(["monitor"]);
  await servers.waitFor("a good heartbeat at the new monitor", withinMs, async () => {
    return (await servers.server()).sinceGood !== undefined;
  });
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  expect((await servers.server()).term).toBeGreaterThanOrEqual(term);
  await expectSound(bed);
  expect(runsOf(servers, "orders").every((run) => run.server === "primary-1")).toBe(true);
});

test("a backup whose channels service crashes after a takeover runs them again", async () => {
  await using bed = await openBed();
  const { servers } = bed;
  await servers.primary.kill();
  await untilRunningOn(bed, "backup");
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

test("a primary whose channels service crashes gets a new lease, without a signal", async () => {
  await using bed = await openBed("5s");
  const { servers } = bed;
  const term = (await servers.server()).term;
  await servers.primary.killService("channels");
  servers.primary.start(["channels"]);
  await servers.waitFor("orders to run under a new term", withinMs, () => {
    return (runsOf(servers, "orders").at(-1)?.term ?? 0n) > term;
  });
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  await expectSound(bed);
});

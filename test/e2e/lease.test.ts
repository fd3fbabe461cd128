// One bed, step by step: a primary that still runs and can no longer be reached, frozen or cut off.
// Its lease must end first.

import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  protectedChannels,
  runsOf,
  soundVerdict,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  wallMsOf,
} from "./bed.fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("the channels of frozen services are gone before the backup starts its own", async () => {
  const { servers } = bed;
  servers.primary.freeze(["heartbeat", "channels"]);
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  for (const channel of protectedChannels) {
    const [old, next] = runsOf(servers, channel);
    expect(old).toMatchObject({ server: "primary-1", stoppedInOrder: false });
    expect(next).toMatchObject({ server: "backup-1" });
    expect(isRunning(old?.pid ?? 0)).toBe(false);
    expect(Number((next?.startNs ?? 0n) - (old?.endNs ?? 0n))).toBeGreaterThan(0);
  }
});

test("services that thaw give way, and get their channels back in order", async () => {
  bed.servers.primary.thaw();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
});

test("a primary that is cut off stops its channels before it is declared dead", async () => {
  const { servers, cable } = bed;
  cable.cut();
  expect(await untilSignals(bed, 4)).toEqual(["LIVE", "DEAD", "LIVE", "DEAD"]);
  const dead = (await servers.signals()).at(-1);
  for (const channel of protectedChannels) {
    const run = runsOf(servers, channel).findLast((each) => each.server === "primary-1");
    expect(isRunning(run?.pid ?? 0)).toBe(false);
    expect(wallMsOf(run?.endNs ?? 0n)).toBeLessThan(dead?.at?.getTime() ?? 0);
  }
  // The primary's services work on, and say that the lease is over.
  const channels = await servers.channels("primary");
  expect(channels.get("orders")?.activity).toBe(Activity.ACTIVITY_STOPPED);
  await untilRunningOn(bed, "backup");
});

test("a primary that can be reached again gets its channels back", async () => {
  bed.cable.mend();
  expect(await untilSignals(bed, 5)).toEqual(["LIVE", "DEAD", "LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

test("the backup's own channel has run all the time", () => {
  expect(runsOf(bed.servers, "reports")).toMatchObject([{ server: "backup-1" }]);
});

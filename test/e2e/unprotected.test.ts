// One bed, step by step: protection none, as in the original. The primary never stops itself, so a
// cut between it and the monitor leads to two runners, and that is what was chosen.

import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { followChannels } from "@hot-backup/testbed/follow.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  watchedServer,
} from "./bed.fixture.ts";

let bed: Bed;
/** What the channels of the primary have done since the bed was open. */
const seen = new Set<Activity>();
const followed = new AbortController();
let following: Promise<void> = Promise.resolve();

beforeAll(async () => {
  const unprotected = watchedServer({ protection: "none" });
  bed = await openBed((file, document) => {
    unprotected(file, document);
    if (file === "primary.yaml") document.set("protection", "none");
  });
  following = followChannels(bed.servers.primaryChannels, {
    stop: followed.signal,
    onChannel: ({ activity }) => seen.add(activity),
  });
});
afterAll(async () => {
  followed.abort();
  await following;
  await bed?.[Symbol.asyncDispose]();
});

test("without protection a primary that is cut off runs on beside the backup", async () => {
  // Its channels run without anybody's leave: that they do says nothing of its heartbeats.
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  bed.cable.cut();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  await untilRunningOn(bed, "primary");
});

test("when the cut is mended the backup stops", async () => {
  bed.cable.mend();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilStoppedOn(bed, "backup");
  await untilRunningOn(bed, "primary");
});

test("nobody has stopped the primary's channels meanwhile", () => {
  expect(seen).toContain(Activity.ACTIVITY_STARTED);
  expect(seen).not.toContain(Activity.ACTIVITY_STOPPING);
  expect(seen).not.toContain(Activity.ACTIVITY_STOPPED);
});

test("two runners of a channel that claims its files lose none of them", async () => {
  expect((await verdictAtEnd(bed)).lost).toEqual([]);
});

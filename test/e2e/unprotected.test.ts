// One bed, step by step: protection none, as in the original. The primary never stops itself, so a
// cut between it and the monitor leads to two runners, and that is what was chosen.

import { isRunning } from "@hot-backup/testbed/processes.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  protectedChannels,
  runsOf,
  untilNothingIsLost,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  watchedServer,
} from "./bed.fixture.ts";

let bed: Bed;
beforeAll(async () => {
  const unprotected = watchedServer({ protection: "none" });
  bed = await openBed((file, document) => {
    unprotected(file, document);
    if (file === "primary.yaml") document.set("protection", "none");
  });
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("without protection a primary that is cut off runs on, although the backup runs too", async () => {
  bed.cable.cut();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  await untilRunningOn(bed, "primary");
});

test("when the cut is mended only the primary runs, as it did all the time", async () => {
  bed.cable.mend();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilStoppedOn(bed, "backup");
  for (const channel of protectedChannels) {
    const own = runsOf(bed.servers, channel).filter((run) => run.server === "primary-1");
    expect(own).toHaveLength(1);
    expect(isRunning(own[0]?.pid ?? 0)).toBe(true);
  }
});

test("two runners of a channel that claims its files lose none of them", async () => {
  await untilNothingIsLost(bed);
});

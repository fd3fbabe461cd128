// One bed, step by step: machines that lose power, one after the other and both at once, and what
// happens while nobody watches.

import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  runsOf,
  soundVerdict,
  untilMails,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  watchedServer,
} from "./bed.fixture.ts";

// Long enough for two servers to start again on a busy machine: that must never look like a death.
const thresholdMs = 5000;

let bed: Bed;
beforeAll(async () => {
  bed = await openBed(watchedServer({ threshold: `${thresholdMs}ms` }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("two servers that lose power at once go on as before, without a signal", async () => {
  const { primary, backup } = bed.servers;
  await Promise.all([primary.kill(), backup.kill()]);
  backup.start();
  primary.start();
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a primary that died unwatched is dead a threshold after the monitor's start", async () => {
  const { primary, backup } = bed.servers;
  await backup.killService("monitor");
  await primary.kill();
  const startedMs = Date.now();
  backup.start(["monitor"]);
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  const dead = (await bed.servers.signals()).at(-1);
  expect((dead?.at?.getTime() ?? 0) - startedMs).toBeGreaterThanOrEqual(thresholdMs);
  expect(dead?.because).toContain("since the monitor began to listen");
  await untilRunningOn(bed, "backup");
});

test("a backup that loses power runs the channels again, without a signal", async () => {
  const { backup } = bed.servers;
  const before = runsOf(bed.servers, "orders").length;
  await backup.kill();
  backup.start();
  await untilRunningOn(bed, "backup");
  expect(runsOf(bed.servers, "orders").length).toBeGreaterThan(before);
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
});

test("a primary that returns after all that gets its channels back", async () => {
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
});

test("every signal is told by one mail, whatever lost power meanwhile", async () => {
  const words = (await untilMails(bed, 3)).filter((each) => !each.startsWith("RESOLVED"));
  expect(words).toEqual(["LIVE", "DEAD", "LIVE"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

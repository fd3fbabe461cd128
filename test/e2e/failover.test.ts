// One bed, step by step: a primary that is killed and returns, and then stops in good order and
// returns.

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

let bed: Bed;
beforeAll(async () => {
  // The length of the lease is what an orderly stop may take.
  bed = await openBed(watchedServer({ threshold: "2s", lease: "1500ms" }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a killed primary is replaced", async () => {
  await bed.servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
});

test("a primary that returns gets its channels back, under a term of its own", async () => {
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  const runs = runsOf(bed.servers, "orders");
  expect(runs.map((run) => run.server)).toEqual(["primary-1", "backup-1", "primary-1"]);
  const terms = runs.map((run) => run.term);
  expect(terms).toEqual([...new Set(terms)].toSorted((a, b) => Number(a - b)));
});

test("a primary that stops in good order is closed, and its channels have ended", async () => {
  const endings = await bed.servers.primary.stop();
  expect([...endings.values()].map(({ code }) => code)).toEqual([0, 0]);
  expect(await untilSignals(bed, 4)).toEqual(["LIVE", "DEAD", "LIVE", "CLOSE"]);
  expect([...bed.servers.primary.processes()]).toEqual([]);
  expect(runsOf(bed.servers, "orders").at(-1)).toMatchObject({ stoppedInOrder: true });
});

test("after a close nobody takes over until the primary returns", async () => {
  bed.servers.primary.start();
  // The next LIVE proves that no DEAD came in between.
  const signals = ["LIVE", "DEAD", "LIVE", "CLOSE", "LIVE"];
  expect(await untilSignals(bed, 5)).toEqual(signals);
  await untilRunningOn(bed, "primary");
  const servers = runsOf(bed.servers, "orders").map((run) => run.server);
  expect(servers).toEqual(["primary-1", "backup-1", "primary-1", "primary-1"]);
});

test("every signal is told by one mail", async () => {
  expect(await untilMails(bed, 5)).toEqual(["LIVE", "DEAD", "LIVE", "CLOSE", "LIVE"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

test("the backup's own channel has run all the time", () => {
  expect(runsOf(bed.servers, "reports")).toMatchObject([{ server: "backup-1" }]);
});

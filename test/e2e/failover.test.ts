// A primary that is killed, and one that is stopped in good order.

import { expect, test } from "vitest";
import {
  expectSound,
  openBed,
  runsOf,
  untilMails,
  untilRunningOn,
  untilSignals,
} from "./bed.fixture.ts";

test("a killed primary is replaced, and gets its channels back when it returns", async () => {
  await using bed = await openBed();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  await bed.servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  expect(await untilMails(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await expectSound(bed);
  const servers = ["primary-1", "backup-1", "primary-1"];
  expect(runsOf(bed.servers, "orders").map((run) => run.server)).toEqual(servers);
  const terms = runsOf(bed.servers, "orders").map((run) => run.term);
  expect(terms).toEqual(terms.toSorted((a, b) => Number(a - b)));
  expect(new Set(terms).size).toBe(3);
});

test("a primary that stops in good order is closed, and nobody takes over", async () => {
  await using bed = await openBed();
  const { primary } = bed.servers;
  const endings = await primary.stop();
  expect([...endings.values()].map(({ code }) => code)).toEqual([0, 0]);
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "CLOSE"]);
  expect(await untilMails(bed, 2)).toEqual(["LIVE", "CLOSE"]);
  expect([...primary.processes()]).toEqual([]);
  expect(runsOf(bed.servers, "orders")).toMatchObject([{ stoppedInOrder: true }]);
  // The next LIVE proves that no DEAD came in between.
  primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "CLOSE", "LIVE"]);
  await untilRunningOn(bed, "primary");
  await expectSound(bed);
  expect(runsOf(bed.servers, "orders").map((run) => run.server)).toEqual([
    "primary-1",
    "primary-1",
  ]);
});

// A failback that waits until the primary has been live for a while.

import { expect, test } from "vitest";
import {
  openBed,
  runsOf,
  soundVerdict,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  wallMsOf,
  watchedServer,
} from "./bed.fixture.ts";

const delayMs = 1000;

test("a delayed failback happens when the primary has been live for the delay", async () => {
  await using bed = await openBed(watchedServer({ failback: { after: `${delayMs}ms` } }));
  const { servers } = bed;
  await servers.primary.kill();
  await untilRunningOn(bed, "backup");
  servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  const live = (await servers.signals()).at(-1);
  await untilRunningOn(bed, "primary");
  const [, borrowed, next] = runsOf(servers, "orders");
  const liveAtMs = live?.at?.getTime() ?? 0;
  expect(wallMsOf(borrowed?.endNs ?? 0n) - liveAtMs).toBeGreaterThanOrEqual(delayMs);
  expect(next).toMatchObject({ server: "primary-1" });
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

// A primary that still runs and can no longer be reached: frozen, or cut off. Its lease must end first.

import { type Document } from "yaml";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { openCableProxy } from "@hot-backup/testbed/proxy.ts";
import { expect, test } from "vitest";
import {
  expectSound,
  openBed,
  runsOf,
  untilRunningOn,
  untilSignals,
  withinMs,
} from "./bed.fixture.ts";

test("the channels of frozen services are gone before the backup starts its own", async () => {
  await using bed = await openBed();
  const { servers } = bed;
  servers.primary.freeze(["heartbeat", "channels"]);
  await untilSignals(bed, ["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  for (const channel of ["orders", "invoices"]) {
    const [old, next] = runsOf(servers, channel);
    expect(old).toMatchObject({ server: "primary-1", stoppedInOrder: false });
    expect(next).toMatchObject({ server: "backup-1" });
    expect(isRunning(old?.pid ?? 0)).toBe(false);
    expect(Number((next?.startNs ?? 0n) - (old?.endNs ?? 0n))).toBeGreaterThan(0);
  }
  servers.primary.thaw();
  await untilSignals(bed, ["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  await expectSound(bed);
});

test("a primary that is cut off stops its channels before it is declared dead", async () => {
  const [port = 0] = await chooseFreePorts(1);
  await using bed = await openBed((file: string, document: Document) => {
    if (file === "primary.yaml") document.setIn(["heartbeat", "monitors"], [`127.0.0.1:${port}`]);
  }, port);
  const { servers, cable } = bed;
  cable?.cut();
  const [run] = runsOf(servers, "orders");
  const { pid = 0 } = run ?? {};
  let wasGoneBeforeDead = false;
  await servers.waitFor("the old channel to be gone", withinMs, () => !isRunning(pid));
  wasGoneBeforeDead = (await servers.signals()).length === 1;
  expect(wasGoneBeforeDead).toBe(true);
  await untilSignals(bed, ["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  cable?.mend();
  await untilSignals(bed, ["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  await expectSound(bed);
});

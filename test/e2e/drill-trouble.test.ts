// One bed, step by step: what strikes in the middle of a drill. A drill must never make a real
// failover slower or impossible, and the channels come home whoever dies.

import { DrillKind, DrillState } from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { Assignment } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  type Bed,
  openBed,
  soundVerdict,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";
import { beginDrill, newestDrill, untilOver } from "./drill.fixture.ts";

const thresholdMs = 2000;

let bed: Bed;
beforeAll(async () => {
  bed = await openBed(watchedServer({ failback: "manual", threshold: `${thresholdMs}ms` }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a drill goes on without its caller, to its end", async () => {
  await beginDrill(bed, DrillKind.DRILL_KIND_SWITCHOVER);
  expect(await untilOver(bed)).toMatchObject({ state: DrillState.DRILL_STATE_PASSED, because: [] });
  await untilRunningOn(bed, "primary");
});

test("a monitor killed in the middle gives the channels back, and the drill failed", async () => {
  const { servers } = bed;
  await beginDrill(bed, DrillKind.DRILL_KIND_SWITCHOVER);
  await servers.waitFor("the backup to have the channels", withinMs, async () => {
    return (await servers.server()).assignment === Assignment.ASSIGNMENT_BACKUP;
  });
  await servers.backup.killService("monitor");
  servers.backup.start(["monitor"]);
  await servers.waitForServing("monitor", withinMs);
  const { state, because } = await untilOver(bed);
  expect(state).toBe(DrillState.DRILL_STATE_FAILED);
  expect(because).toEqual(["The monitor was restarted in the middle of it"]);
  await untilRunningOn(bed, "primary");
  await untilStoppedOn(bed, "backup");
});

test("a monitor killed in a silence hears the server again: there is no DEAD", async () => {
  const { servers } = bed;
  await beginDrill(bed, DrillKind.DRILL_KIND_SILENCE);
  await servers.backup.killService("monitor");
  servers.backup.start(["monitor"]);
  await servers.waitForServing("monitor", withinMs);
  expect((await untilOver(bed)).state).toBe(DrillState.DRILL_STATE_FAILED);
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("maintenance ends a drill at once, and the server keeps its channels", async () => {
  await beginDrill(bed, DrillKind.DRILL_KIND_SILENCE);
  await ask(bed, "setMaintenance");
  const { because } = await untilOver(bed);
  expect(because[0]).toMatch(/^an operator set maintenance: /);
  await untilRunningOn(bed, "primary");
  await ask(bed, "clearMaintenance");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a primary really killed in the middle is taken over no later than ever", async () => {
  const { servers } = bed;
  await beginDrill(bed, DrillKind.DRILL_KIND_SILENCE);
  const lastGoodMs = Date.now();
  await servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  const dead = (await servers.signals()).at(-1);
  // It fell silent itself: nobody is to sleep on because a drill was on.
  expect(dead?.because).toBe("No good heartbeat for the threshold");
  expect((dead?.at?.getTime() ?? 0) - lastGoodMs).toBeLessThan(2 * thresholdMs);
  await untilRunningOn(bed, "backup");
  const { state, because } = await untilOver(bed);
  expect(state).toBe(DrillState.DRILL_STATE_FAILED);
  expect(because[0]).toContain("The server died in the middle of it");
});

test("the dead primary comes back as after any death: its failback is held", async () => {
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  expect((await bed.servers.server()).failbackHeld).toBe(true);
  expect((await newestDrill(bed))?.state).toBe(DrillState.DRILL_STATE_FAILED);
  await ask(bed, "failback");
  await untilRunningOn(bed, "primary");
});

test("a primary that dies behind the DEAD of a drill is told by one more mail", async () => {
  const { servers } = bed;
  await untilStoppedOn(bed, "backup");
  await beginDrill(bed, DrillKind.DRILL_KIND_SILENCE);
  expect(await untilSignals(bed, 4)).toHaveLength(4);
  await servers.primary.kill();
  const { state, because } = await untilOver(bed);
  expect(state).toBe(DrillState.DRILL_STATE_FAILED);
  expect(because.at(-1)).toBe("It has not been heard since: its death is a real one");
  await servers.waitFor("a mail that tells it", withinMs, () => {
    return servers.mailbox.mails.some(({ text }) => text.includes("its death is a real one"));
  });
  await untilRunningOn(bed, "backup");
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

// One bed, step by step: what operators ask of a monitor whose failback is manual. Switchover and
// failback, maintenance, and a failback that is held until somebody asks for it.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import { ServerState } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  type Bed,
  openBed,
  runsOf,
  soundVerdict,
  subjectWord,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";

/** Twice the example's: a channel is to stop in order within the lease, on a busy machine too. */
const thresholdMs = 2000;

let bed: Bed;
beforeAll(async () => {
  const manual = watchedServer({ failback: "manual", threshold: `${thresholdMs}ms` });
  bed = await openBed((file, document) => {
    manual(file, document);
    if (file === "backup.yaml") document.setIn(["monitor", "mailDelay"], "1s");
  });
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

test("a switchover moves the channels to the backup, without a signal", async () => {
  await ask(bed, "switchover");
  await untilRunningOn(bed, "backup");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  expect(runsOf(bed.servers, "orders")).toMatchObject([
    { server: "primary-1", stoppedInOrder: true },
    { server: "backup-1" },
  ]);
});

test("a failback gives the channels back to the primary, without a signal", async () => {
  await ask(bed, "failback");
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  const servers = runsOf(bed.servers, "orders").map((run) => run.server);
  expect(servers).toEqual(["primary-1", "backup-1", "primary-1"]);
});

test("mails say SWITCHOVER and FAILBACK, for nobody died", async () => {
  await untilMail("FAILBACK");
  // On a busy machine a channel may take longer than mailDelay: then a second mail says RESOLVED.
  const first = subjects().filter((each) => !each.startsWith("RESOLVED"));
  expect(first).toEqual(["LIVE", "SWITCHOVER", "FAILBACK"]);
});

test("a primary that dies in maintenance is not declared dead", async () => {
  const { servers } = bed;
  await ask(bed, "setMaintenance");
  await servers.primary.kill();
  const { state } = await servers.waitFor("twice the threshold of silence", withinMs, async () => {
    const server = await servers.server();
    return (toMilliseconds(server.sinceGood) ?? 0) > 2 * thresholdMs && server;
  });
  expect(state).toBe(ServerState.SERVER_STATE_LIVE);
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  await untilStoppedOn(bed, "backup");
});

test("a silent server is DEAD one threshold after its maintenance, no sooner", async () => {
  const clearedAtMs = Date.now();
  await ask(bed, "clearMaintenance");
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  const dead = (await bed.servers.signals()).at(-1);
  expect((dead?.at?.getTime() ?? 0) - clearedAtMs).toBeGreaterThanOrEqual(thresholdMs);
  await untilRunningOn(bed, "backup");
});

test("a manual failback is held: the backup keeps the channels of a live primary", async () => {
  const { servers } = bed;
  servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  expect((await servers.server()).failbackHeld).toBe(true);
  await untilMail("LIVE primary-1: it is back; the failback is held");
  await untilRunningOn(bed, "backup");
  await untilStoppedOn(bed, "primary");
});

test("a held failback happens when an operator releases it, and a mail says so", async () => {
  await ask(bed, "failback");
  await untilRunningOn(bed, "primary");
  await untilStoppedOn(bed, "backup");
  await untilMail("RESOLVED LIVE primary-1: 2 of 2 channels are stopped on backup-1");
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

test("the backup's own channel has run all the time", () => {
  expect(runsOf(bed.servers, "reports")).toMatchObject([{ server: "backup-1" }]);
});

async function untilMail(text: string): Promise<void> {
  const { mails } = bed.servers.mailbox;
  await bed.servers.waitFor(`a mail with "${text}"`, withinMs, () => {
    return mails.some(({ subject }) => subject.includes(text));
  });
}

function subjects(): string[] {
  return bed.servers.mailbox.mails.map(({ subject }) => subjectWord(subject));
}

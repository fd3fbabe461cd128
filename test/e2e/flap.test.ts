// A primary that keeps dying: every death is followed by a takeover, and only its failback waits.

import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { expect, test } from "vitest";
import {
  ask,
  type Bed,
  openBed,
  soundVerdict,
  untilMails,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  watchedServer,
} from "./bed.fixture.ts";

const flap = { deaths: 2, stableAfter: "1h", hold: "1h", holdMax: "2h" };

test("a primary that keeps dying is replaced each time, and its failback is held", async () => {
  await using bed = await openBed(watchedServer({ flap }));
  await dieAndReturn(bed);
  await untilRunningOn(bed, "primary");
  await dieAndReturn(bed);
  expect(await untilSignals(bed, 5)).toEqual(["LIVE", "DEAD", "LIVE", "DEAD", "LIVE"]);
  expect(await bed.servers.server()).toMatchObject({
    recentDeaths: 2,
    failbackHeld: true,
    failbackHold: { because: expect.stringMatching(/^Flap protection after 2 deaths in a row/) },
  });

  // A real failure while the failback is held is served like any other.
  await dieAndReturn(bed);
  expect((await untilSignals(bed, 7)).slice(5)).toEqual(["DEAD", "LIVE"]);
  expect(await bed.servers.server()).toMatchObject({ recentDeaths: 3, failbackHeld: true });
  await untilRunningOn(bed, "backup");
  await untilMails(bed, 7);
  const mail = bed.servers.mailbox.mails.findLast(({ subject }) => subject.includes("LIVE"));
  expect(mail?.text).toContain("Flap protection after 3 deaths in a row");

  await ask(bed, "failback");
  await untilRunningOn(bed, "primary");
  expect(await bed.servers.server()).toMatchObject({ recentDeaths: 0, failbackHeld: false });
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

async function dieAndReturn(bed: Bed): Promise<void> {
  const { primary } = bed.servers;
  await primary.kill();
  // The backup may run the channels already: only DEAD tells that this death was seen.
  await bed.servers.waitFor("the primary to be dead", 30_000, async () => {
    return (await bed.servers.signals()).at(-1)?.signal === Signal.SIGNAL_DEAD;
  });
  await untilRunningOn(bed, "backup");
  primary.start();
  await bed.servers.waitFor("the primary to be live again", 30_000, async () => {
    return (await bed.servers.signals()).at(-1)?.because.includes("good heartbeat");
  });
}

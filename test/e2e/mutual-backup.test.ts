// One bed, step by step: examples/mutual-backup. Each server watches the other, and takes over and
// gives back in turn.

import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { judge } from "@hot-backup/testbed/evidence.ts";
import { followChannels } from "@hot-backup/testbed/follow.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type MutualBed,
  openMutualBed,
  untilRunning,
  untilSignalsOf,
  untilTrue,
} from "./mutual-bed.fixture.ts";

let bed: MutualBed;
beforeAll(async () => {
  bed = await openMutualBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

describe.each(["a", "b"] as const)("server-%s", (name) => {
  test("when it dies, the other one runs its channel beside its own", async () => {
    const { instance, own, other } = bed.members[name];
    const survivor = bed.members[other];
    const seen = new Set<Activity>();
    const followed = new AbortController();
    const following = followChannels(survivor.channels, {
      stop: followed.signal,
      onChannel: ({ definition, activity }) => {
        if (definition?.name === survivor.own) seen.add(activity);
      },
    });
    // Its channel runs without anybody's leave: that it does says nothing of its heartbeats.
    expect(await untilSignalsOf(bed, name, 1)).toEqual(["LIVE"]);
    await instance.kill();
    await untilRunning(bed, { on: other, channels: [own, survivor.own] });
    expect(await untilSignalsOf(bed, name, 2)).toEqual(["LIVE", "DEAD"]);
    followed.abort();
    await following;
    expect(seen).toContain(Activity.ACTIVITY_STARTED);
    expect(seen).not.toContain(Activity.ACTIVITY_STOPPING);
    expect(seen).not.toContain(Activity.ACTIVITY_STOPPED);
  });

  test("when it returns, it gets its channel back", async () => {
    const { instance, own, other } = bed.members[name];
    instance.start();
    expect(await untilSignalsOf(bed, name, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
    await untilRunning(bed, { on: name, channels: [own] });
    await untilRunning(bed, { on: other, channels: [bed.members[other].own] });
  });
});

// A notify service that dies between the answer of the SMTP server and its own commit sends a mail
// again: as the same mail, by its Message-ID (I5).
test("every signal is told by one mail, whichever server sends it", async () => {
  const different = () => {
    return [...new Map(bed.mailbox.mails.map((mail) => [mail.messageId, mail])).values()];
  };
  await untilTrue(bed, "every mail to arrive", async () => different().length >= 6);
  const words = different().map(({ subject }) => {
    return /(?:LIVE|DEAD) server-./.exec(subject)?.[0] ?? subject;
  });
  expect(words.toSorted((one, other) => one.localeCompare(other))).toEqual([
    "DEAD server-a",
    "DEAD server-b",
    "LIVE server-a",
    "LIVE server-a",
    "LIVE server-b",
    "LIVE server-b",
  ]);
});

test("nothing that was fed is lost", async () => {
  bed.feeder[Symbol.dispose]();
  const lost = () => judge(bed.exchangeFolder, bed.feeder.fed).lost;
  await untilTrue(bed, "every file to be processed", async () => lost().length === 0);
  expect(lost()).toEqual([]);
});

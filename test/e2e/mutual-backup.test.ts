// One bed, step by step: examples/mutual-backup. Each server watches the other, and takes over and
// gives back in turn.

import { judge, readRuns } from "@hot-backup/testbed/evidence.ts";
import { isRunning } from "@hot-backup/testbed/processes.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type MemberName,
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
    const before = pidOf(survivor.own, other);
    await instance.kill();
    await untilRunning(bed, { on: other, channels: [own, survivor.own] });
    expect(await untilSignalsOf(bed, name, 2)).toEqual(["LIVE", "DEAD"]);
    expect(pidOf(survivor.own, other)).toBe(before);
    expect(isRunning(before)).toBe(true);
  });

  test("when it returns, it gets its channel back", async () => {
    const { instance, own, other } = bed.members[name];
    instance.start();
    expect(await untilSignalsOf(bed, name, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
    await untilRunning(bed, { on: name, channels: [own] });
    await untilRunning(bed, { on: other, channels: [bed.members[other].own] });
  });
});

test("every signal is told by one mail, whichever server sends it", async () => {
  const { mails } = bed.mailbox;
  await untilTrue(bed, "every mail to arrive", async () => mails.length >= 6);
  const words = mails.map(({ subject }) => /(?:LIVE|DEAD) server-./.exec(subject)?.[0] ?? subject);
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

// The process that runs a channel on a server, the newest one.
function pidOf(channel: string, name: MemberName): number {
  const runs = readRuns(bed.exchangeFolder).filter((run) => {
    return run.channel === channel && run.server === `server-${name}`;
  });
  return runs.at(-1)?.pid ?? 0;
}

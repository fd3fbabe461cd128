// Flap protection: it holds the failback of a server that keeps dying, longer each time, and never
// its failover.

import { describe, expect, test } from "vitest";
import { findObstacles } from "./explain.ts";
import { flapHoldMs } from "./flap.ts";
import type { FlapPolicy, ServerSettings } from "./server-settings.ts";
import { anna, goodHeartbeat, Story } from "./story.fixture.ts";
import { setServer, watch } from "./watched.ts";

const flap: FlapPolicy = {
  deaths: 3,
  stableAfterMs: 600_000,
  holdMs: 300_000,
  holdMaxMs: 1_000_000,
};

function flappingStory(fields: Partial<ServerSettings> = {}): Story {
  return new Story({ flap, ...fields }).live();
}

/** The server dies, the backup takes over, and the server is heard again. */
function dieAndReturn(story: Story): Story {
  return story.takenOver().after(1, goodHeartbeat);
}

/** The same, and the backup confirms that it runs nothing any more. */
function dieAndTakeBack(story: Story): Story {
  return dieAndReturn(story).confirm();
}

describe("a server that dies three times in a row", () => {
  test("gets its channels back at once but for the third time, which is held and explained", () => {
    const story = flappingStory();
    dieAndTakeBack(story);
    expect(story.record).toMatchObject({ assignment: "primary", recentDeaths: 1 });
    dieAndTakeBack(story);
    expect(story.record).toMatchObject({ assignment: "primary", recentDeaths: 2 });
    dieAndReturn(story);
    expect(story.signals()).toEqual(["LIVE"]);
    expect(story.record).toMatchObject({
      state: "live",
      assignment: "backup",
      hold: { until: "stable", delayMs: 300_000, deaths: 3 },
    });
    const because = "Flap protection after 3 deaths in a row: the failback waits until it has";
    expect(story.begun()?.run).toMatchObject({
      state: "held",
      heldBecause: expect.stringContaining(because),
    });
    expect(story.effects).toContainEqual(
      expect.objectContaining({ kind: "note", text: expect.stringContaining(because) }),
    );
  });

  test("is taken over each time at once, while it is held too", () => {
    const story = flappingStory();
    for (let death = 1; death <= 9; death += 1) {
      story.silence(1000);
      expect(story.signals()).toEqual(["DEAD"]);
      expect(story.record).toMatchObject({ assignment: "backup", recentDeaths: death });
      expect(story.begun()).toMatchObject({
        isSuperseding: true,
        run: { state: "running", caseName: "DEAD" },
      });
      story.after(1, goodHeartbeat).confirm();
    }
  });

  test("gets them back when it has been live for the hold without a break", () => {
    const story = dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));
    story.wait(299_999);
    expect(story.record.assignment).toBe("backup");
    story.wait(1);
    expect(story.kinds()).toContain("release_run");
    story.confirm();
    expect(story.record).toMatchObject({ assignment: "primary", recentDeaths: 3 });
  });

  test("waits twice as long after each further death, to a maximum", () => {
    const story = dieAndTakeBack(dieAndTakeBack(flappingStory()));
    const holds = [1, 2, 3, 4].map(() => dieAndReturn(story).record.hold);
    expect(holds).toMatchObject([
      { delayMs: 300_000 },
      { delayMs: 600_000 },
      { delayMs: 1_000_000 },
      { delayMs: 1_000_000 },
    ]);
  });
});

test("a hold is never longer than its maximum, however many deaths there were", () => {
  expect(flapHoldMs(2, flap)).toBe(0);
  expect(flapHoldMs(Number.MAX_SAFE_INTEGER, flap)).toBe(1_000_000);
  expect(flapHoldMs(Number.MAX_SAFE_INTEGER, { ...flap, holdMs: 0 })).toBe(0);
});

describe("a held server whose backup dies", () => {
  const held = () => dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));

  test("gets its channels back by an operator who vouches for the backup", () => {
    const story = held().after(1, { kind: "failback_asked", actor: anna });
    // The backup cannot confirm, and it is dirty: no time that passes vouches for it.
    story.wait(1000).wait(3_600_000);
    expect(story.record).toMatchObject({ assignment: "nobody", cleanTargets: [] });
    story.after(1, { kind: "stopped_confirmed", target: "backup-1", actor: anna });
    expect(story.record.assignment).toBe("primary");
  });

  test("is fenced only when its hold is over", () => {
    const story = new Story({ flap, fencedTargets: ["backup-1"] }).live();
    dieAndReturn(dieAndTakeBack(dieAndTakeBack(story)));
    expect(story.wait(299_000).kinds()).not.toContain("fence_target");
    story.wait(1000);
    expect(story.wait(1000).kinds()).toContain("fence_target");
  });
});

describe("a held server that closes", () => {
  test("leaves the channels with the backup, and is held anew when it is back", () => {
    const story = dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));
    story.after(1, { kind: "close_received", actor: anna });
    expect(story.signals()).toEqual(["CLOSE"]);
    expect(story.record).toMatchObject({ assignment: "backup", hold: undefined });
    story.after(1, goodHeartbeat);
    expect(story.record).toMatchObject({ assignment: "backup", hold: { deaths: 3 } });
  });
});

describe("an operator's failback", () => {
  test("ends the hold at once, and forgives the deaths before", () => {
    const story = dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));
    story.after(1, { kind: "failback_asked", actor: anna });
    expect(story.refusal).toBeUndefined();
    expect(story.kinds()).toContain("release_run");
    expect(story.record).toMatchObject({ hold: undefined, recentDeaths: 0 });
    story.confirm();
    expect(dieAndReturn(story).record).toMatchObject({ hold: undefined, recentDeaths: 1 });
  });
});

describe("a server that runs its channels for long enough without a break", () => {
  test("is forgiven its deaths, and the history says so", () => {
    const story = dieAndTakeBack(dieAndTakeBack(flappingStory()));
    story.wait(599_999);
    expect(story.record.recentDeaths).toBe(2);
    story.wait(1);
    expect(story.record.recentDeaths).toBe(0);
    expect(story.effects).toEqual([
      { kind: "note", text: "It runs steadily again: 2 deaths forgiven", actor: undefined },
    ]);
    expect(dieAndReturn(story).record.hold).toBeUndefined();
  });

  test("begins anew after a lease that was lost", () => {
    const story = dieAndTakeBack(flappingStory());
    story.wait(599_000).after(1, { kind: "lease_missing" }).confirm().wait(599_000);
    expect(story.record.recentDeaths).toBe(1);
    story.wait(1000);
    expect(story.record.recentDeaths).toBe(0);
  });

  test("does not run them while it is held: that time forgives nothing", () => {
    const story = dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));
    story.after(1, { kind: "failback_asked", actor: anna });
    expect(story.server.steadySinceMs).toBeUndefined();
  });

  test("is not forgiven during maintenance, when it may be down unseen", () => {
    const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: undefined };
    const story = dieAndTakeBack(flappingStory());
    story.after(1, { kind: "maintenance_set", maintenance, untilMs: undefined }).wait(900_000);
    expect(story.record.recentDeaths).toBe(1);
  });
});

describe("beside other reasons to wait", () => {
  test("the longer of the two delays counts", () => {
    const short = flappingStory({ failback: { kind: "stable", delayMs: 1000 } });
    const long = flappingStory({ failback: { kind: "stable", delayMs: 900_000 } });
    for (let death = 1; death < 3; death += 1) {
      expect(dieAndReturn(short).record.hold).toMatchObject({ delayMs: 1000, deaths: 0 });
      dieAndReturn(long);
    }
    expect(dieAndReturn(short).record.hold).toMatchObject({ delayMs: 300_000, deaths: 3 });
    expect(dieAndReturn(long).record.hold).toMatchObject({ delayMs: 900_000, deaths: 0 });
  });

  test("a manual failback stays manual, and a switchover is given back by an operator", () => {
    const manual = flappingStory({ failback: { kind: "manual" } });
    for (let death = 1; death <= 3; death += 1) dieAndReturn(manual);
    expect(manual.record).toMatchObject({ hold: { until: "operator" }, recentDeaths: 3 });
    const switched = flappingStory();
    switched.after(1, { kind: "switchover_asked", actor: anna });
    switched.after(1, { ...goodHeartbeat, isStoppedConfirmed: true });
    expect(switched.record).toMatchObject({ assignment: "backup", recentDeaths: 0 });
    for (let death = 1; death <= 3; death += 1) dieAndReturn(switched);
    expect(switched.record.hold).toEqual({ until: "operator" });
  });

  test("a server that refuses leases is believed late, and held on top", () => {
    const story = dieAndTakeBack(dieAndTakeBack(flappingStory()));
    story.silence(1000, { isUnwilling: true }).after(1999, goodHeartbeat);
    expect(story.record).toMatchObject({ state: "dead", recentDeaths: 3 });
    story.after(1, goodHeartbeat);
    expect(story.record).toMatchObject({ state: "live", hold: { deaths: 3 } });
  });

  test("staying away after a close counts as no death", () => {
    const story = flappingStory({ closeExpiryMs: 5000 });
    story.after(1, { kind: "close_received", actor: anna }).silence(5000);
    expect(story.signals()).toEqual(["DEAD"]);
    expect(story.record.recentDeaths).toBe(0);
  });

  test("where flap protection is off no death is counted and nothing is held", () => {
    const story = flappingStory({ flap: undefined });
    for (let death = 1; death <= 5; death += 1) dieAndTakeBack(story);
    expect(story.record).toMatchObject({ assignment: "primary", recentDeaths: 0 });
  });
});

test("a monitor that starts again goes on with the hold, and with the deaths", () => {
  const before = dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));
  const story = new Story({ flap }, before.record);
  story.after(1, goodHeartbeat);
  expect(story.signals()).toEqual([]);
  story.wait(299_999);
  expect(story.record).toMatchObject({ state: "live", assignment: "backup" });
  story.wait(1).confirm();
  expect(story.record).toMatchObject({ assignment: "primary", recentDeaths: 3 });
});

test("an explanation says how long the failback still waits, and after how many deaths", () => {
  const story = dieAndReturn(dieAndTakeBack(dieAndTakeBack(flappingStory())));
  const moment = { nowMs: story.nowMs, wallMs: 0 };
  const watched = watch(story.settings, story.record, moment);
  setServer(watched, story.server);
  const given = { nowMs: story.nowMs + 60_000, targetError: () => "" };
  expect(findObstacles(watched, given)).toEqual([
    "The failback waits 240 s for the server to stay live, after 3 deaths",
  ]);
});

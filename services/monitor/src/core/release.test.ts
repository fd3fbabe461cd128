// The release (R9): who may be released, what waits for its end, and what ends it. The bound of the
// samples is 60 s, the threshold 1 s, the lease 750 ms, the drift 0.1 %: a release is over 60.06 s
// after a monitor has started.

import { describe, expect, test } from "vitest";
import { answerTo } from "./answer.ts";
import { type Heard, newHeard } from "./heard.ts";
import { noteAnswered } from "./liveness.ts";
import { heldOnlyUntilMs, isReleasing, startsNotBeforeMs } from "./release.ts";
import { newServerRecord, type Release, type ServerRecord } from "./server-record.ts";
import { type ServerEvent } from "./server-event.ts";
import { step } from "./server.ts";
import type { ServerSettings } from "./server-settings.ts";
import { anna, goodHeartbeat, sampleSettings, Story } from "./story.fixture.ts";
import { hear, nextWakeMs, setServer, silentMs, watch } from "./watched.ts";

const overMs = 60_060;
const begun = { kind: "release_begun", by: "backup-1" } as const;
const released: Release = {
  boundMs: 60_000,
  lastsMs: overMs,
  sinceWallMs: 0,
  by: "backup-1",
  holder: "machine-1",
};
const stored = {
  state: "live",
  assignment: "primary",
  term: 3n,
  holder: "machine-1",
  host: "host-1",
  cleanTargets: ["backup-1"],
} as const;
const ordinary = { ...goodHeartbeat, isLeaseHeld: true, leaseLeftMs: 700 } as const;
const long = { ...goodHeartbeat, isLeaseHeld: true, leaseLeftMs: 50_000 } as const;

/** A monitor that has just started, with what one that released the server has left. */
function back(fields: Partial<ServerRecord> = {}, settings: Partial<ServerSettings> = {}) {
  return new Story(settings, { ...stored, release: released, ...fields });
}

describe("a server is released", () => {
  test("when it is live and its channels are its own", () => {
    const story = new Story().live().after(1, begun);
    expect(story.record.release).toEqual({ ...released, sinceWallMs: story.nowMs });
    expect(story.kinds()).toEqual(["note"]);
  });

  test.each<[string, Partial<ServerSettings>, (story: Story) => Story]>([
    ["not where release is off", { releaseMs: undefined }, (story) => story.live()],
    ["not without protection", { protection: "none" }, (story) => story.live()],
    ["not while the gate waits", {}, (story) => story.after(1, goodHeartbeat)],
    ["not when it is dead", {}, (story) => story.live().takenOver()],
    ["not when its failback is under way", {}, (story) => comeBack(story)],
    ["not when its failback is held", { failback: { kind: "manual" } }, (story) => comeBack(story)],
    [
      "not during a switchover",
      {},
      (story) => story.live().after(1, { kind: "switchover_asked", actor: anna }),
    ],
    [
      "not when its machine is not known",
      {},
      (story) => story.after(1, { ...goodHeartbeat, holder: "" }).confirm(),
    ],
    ["not when it has closed in maintenance", {}, (story) => closeInMaintenance(story.live())],
  ])("%s", (_name, settings, arrange) => {
    const story = arrange(new Story(settings)).after(1, begun);
    expect(isReleasing(story.server)).toBe(false);
    expect(story.record.release).toBeUndefined();
  });

  test("in maintenance too: grants go on as assigned", () => {
    const story = inMaintenance(new Story().live()).after(1, begun);
    expect(story.record.release).toMatchObject({ by: "backup-1" });
  });
});

function comeBack(story: Story): Story {
  return story.live().takenOver().after(500, goodHeartbeat);
}

function inMaintenance(story: Story, untilMs?: number): Story {
  const untilWallMs = untilMs;
  const maintenance = { owner: "anna", reason: "test", sinceWallMs: 0, untilWallMs };
  return story.after(1, { kind: "maintenance_set", maintenance, untilMs });
}

function closeInMaintenance(story: Story): Story {
  return inMaintenance(story).after(1, { kind: "close_received", actor: anna });
}

describe("a monitor that is back", () => {
  test("declares nothing before bound, drift and threshold have passed since its start", () => {
    const story = back().silence(overMs + 999);
    expect(story.record.state).toBe("waiting");
  });

  test("hears no more of the release once its server is dead", () => {
    const story = back().silence(overMs + 1000);
    expect(story.signals()).toEqual(["DEAD"]);
    expect(story.record.release).toBeUndefined();
  });

  test("counts an ordinary threshold again when an ordinary lease is held", () => {
    const story = back().after(10, ordinary);
    expect(story.record.release).toBeUndefined();
    expect(story.silence(1000).signals()).toEqual(["DEAD"]);
  });

  test("goes on waiting while the long lease is reported held, or none is", () => {
    for (const heard of [long, goodHeartbeat]) {
      expect(back().after(10, heard).record.release).toEqual(released);
    }
  });

  test("lets a server that closes out of its release", () => {
    const story = back().after(10, { kind: "close_received", actor: anna });
    expect(story.record.release).toBeUndefined();
    expect(startsNotBeforeMs(story.settings, story.server)).toBe(1000);
  });

  test("starts nothing on a backup before the release is over", () => {
    const { settings, server } = back();
    expect(startsNotBeforeMs(settings, server)).toBe(overMs + 1000);
  });

  test("goes on waiting after going above a higher term, and trusts no machine", () => {
    const story = back().after(10, { kind: "higher_term_seen", term: 9n });
    expect(startsNotBeforeMs(story.settings, story.server)).toBe(overMs + 1000);
    expect(heldOnlyUntilMs(story.settings, story.server)).toBe(overMs + 1000);
    expect(story.record.release?.holder).toBe("");
  });

  test("gives the released machine a new lease, and another one none, before it is over", () => {
    const { settings, server } = back();
    expect(heldOnlyUntilMs(settings, server)).toBe(0);
    const other = { ...server, record: { ...server.record, holder: "machine-2" } };
    expect(heldOnlyUntilMs(settings, other)).toBe(overMs + 1000);
  });

  test("takes a switchover to be done when the server says so, or the release is over", () => {
    const switching = { switchover: anna, assignment: "nobody" } as const;
    const silent = back(switching).silence(overMs + 999);
    expect(silent.record.assignment).toBe("nobody");
    const over = silent.silence(1, { sinceGrantMs: overMs + 1000 });
    expect(over.record.assignment).toBe("backup");
    const confirmed = { ...goodHeartbeat, isStoppedConfirmed: true };
    const said = back(switching).after(10, confirmed);
    expect(said.record).toMatchObject({ assignment: "backup", release: undefined });
  });

  test("waits no longer than the release lasts, even in maintenance", () => {
    const story = inMaintenance(back()).wait(overMs + 1000);
    expect(story.record).toMatchObject({ state: "waiting", release: undefined });
  });
});

describe("two restarts in a row", () => {
  test("leave the longer of both releases standing, and whoever may hold it", () => {
    const earlier = { ...released, boundMs: 90_000, lastsMs: 90_090, holder: "" };
    const story = back({ release: earlier }).after(1, long).after(1, begun);
    expect(story.record.release).toMatchObject({ boundMs: 60_000, lastsMs: 90_090, holder: "" });
  });

  test("leave the first release standing when the second granted nothing", () => {
    const story = back().after(1, long).after(1, begun);
    story.after(1, { kind: "release_unused", before: released });
    expect(story.record.release).toEqual(released);
    expect(story.silence(overMs + 900).signals()).toEqual([]);
  });

  test("without a heartbeat in between release nobody anew", () => {
    const story = back().after(1, begun);
    expect(isReleasing(story.server)).toBe(false);
    expect(story.record.release).toEqual(released);
  });
});

test("a lease that is longer than any this journal granted counts as a release", () => {
  const story = new Story().live().after(10, long);
  expect(story.record.release).toMatchObject({ boundMs: 50_000, lastsMs: 50_050, by: "" });
  expect(story.kinds()).toEqual(["note"]);
  expect(story.silence(50_000).record.state).toBe("live");
  expect(story.silence(1050).signals()).toEqual(["DEAD"]);
});

describe("a releasing monitor", () => {
  function releasing(fields: Partial<ServerRecord> = {}) {
    const watched = watch(
      sampleSettings(),
      { ...newServerRecord("primary-1", 0), ...stored, ...fields },
      { nowMs: 0, wallMs: 0 },
    );
    const take = (event: ServerEvent) =>
      setServer(watched, step(watched.settings, watched.server, event).server);
    const beat = (nowMs: number, changes: Partial<Heard> = {}) => {
      noteAnswered(watched.liveness, 1, nowMs);
      const heard = { ...newHeard(), ...held, ...changes };
      const event = hear(watched, heard, { nowMs, wallMs: nowMs, stalledMs: 0 });
      if (event !== undefined) take(event);
      return answerTo(watched, heard, { nowMs, isUndecided: false });
    };
    beat(10);
    take({ ...begun, nowMs: 20, wallMs: 20 });
    return { watched, beat };
  }

  const held: Partial<Heard> = {
    sequence: 2,
    acknowledged: 1,
    isChannelsAnswering: true,
    lease: "held",
    leaseLeftMs: 700,
    leaseTerm: 3n,
    isLeaseOfThisJournal: true,
    highestTerm: 3n,
    isHighestOfThisJournal: true,
    holder: "machine-1",
    host: "host-1",
  };

  test("prolongs a lease that is held, and sees when the long one has arrived", () => {
    const { watched, beat } = releasing();
    expect(beat(30)).toMatchObject({ grant: "lease", leaseMs: 60_000 });
    expect(watched.liveness).toMatchObject({ isReleaseGranted: true, isReleaseHeld: false });
    expect(beat(40, { leaseLeftMs: 59_990 })).toMatchObject({ leaseMs: 60_000 });
    expect(watched.liveness.isReleaseHeld).toBe(true);
  });

  test("gives no long lease to a heartbeat that is not good", () => {
    const { watched, beat } = releasing();
    expect(beat(30, { acknowledged: 0 })).toMatchObject({ grant: "nothing", leaseMs: 0 });
    expect(watched.liveness.isReleaseGranted).toBe(false);
  });

  test.each<[string, Partial<Heard>]>([
    ["where none is held", { lease: "none", isLeaseOfThisJournal: false, leaseTerm: 0n }],
    ["where one of an older term is held", { leaseTerm: 2n }],
  ])("gives no long lease %s", (_name, changes) => {
    expect(releasing().beat(30, changes).leaseMs).not.toBe(60_000);
  });

  test("declares nothing, and lets no other machine in, as long as it lives", () => {
    const { watched } = releasing();
    expect(nextWakeMs(watched, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(silentMs(watched, 1e9, 0)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("goes on as before when an ordinary lease is still reported: it is on the way", () => {
    const { watched, beat } = releasing();
    beat(30);
    beat(40);
    expect(watched.server.record.release).toBeDefined();
  });
});

describe("silence after a release", () => {
  const watched = watch(
    sampleSettings(),
    { ...newServerRecord("primary-1", 0), ...stored, release: released },
    { nowMs: 100, wallMs: 0 },
  );

  test("counts from its end", () => {
    expect(silentMs(watched, 100 + overMs + 300, 0)).toBe(300);
  });

  test("wakes the monitor a threshold later", () => {
    expect(nextWakeMs(watched, 0)).toBe(100 + overMs + 1000);
  });
});

describe("a switchover while the monitor stops", () => {
  const switching = () =>
    new Story().live().after(1, begun).after(1, { kind: "switchover_asked", actor: anna });

  test("is finished by no time: the long lease may have been granted", () => {
    const story = switching().silence(3_600_000);
    expect(story.record).toMatchObject({ assignment: "nobody", switchover: anna });
    expect(story.record.release).toBeDefined();
  });

  test("ends the release when the server has let go of it", () => {
    const story = switching().after(1, { ...goodHeartbeat, isStoppedConfirmed: true });
    expect(story.record).toMatchObject({ assignment: "backup", release: undefined });
    expect(isReleasing(story.server)).toBe(false);
  });

  test("waits for the release in the next monitor, too", () => {
    const story = new Story({}, switching().record).silence(overMs + 999);
    expect(story.record.assignment).toBe("nobody");
  });
});

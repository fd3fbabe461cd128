// Changes of mind without a signal: leases that end, switchovers, higher terms, other machines; and
// maintenance.

import { describe, expect, test } from "vitest";
import { anna, goodHeartbeat, Story } from "./story.fixture.ts";

const confirmsStopped = { ...goodHeartbeat, isStoppedConfirmed: true };

describe("a lease that ended although the server lives", () => {
  test("raises the term and passes the gate anew, without a signal", () => {
    const story = new Story().live().after(1, { kind: "lease_missing" });
    expect(story.signals()).toEqual([]);
    expect(story.record).toMatchObject({ state: "live", assignment: "nobody", term: 2n });
    expect(story.effects).toContainEqual({ kind: "ask_target", target: "backup-1", term: 2n });
    expect(story.confirm().record.assignment).toBe("primary");
  });

  test("does so in maintenance too", () => {
    const story = new Story().live();
    const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: undefined };
    story.after(1, { kind: "maintenance_set", maintenance, untilMs: undefined });
    story.after(1, { kind: "lease_missing" }).confirm();
    expect(story.record).toMatchObject({ assignment: "primary", term: 2n });
  });

  test("each death of an unwilling server doubles the wait before the next LIVE", () => {
    const story = new Story().live().silence(1000, { isUnwilling: true });
    expect(story.after(1999, goodHeartbeat).record.state).toBe("dead");
    expect(story.after(1, goodHeartbeat).record.state).toBe("live");
    story.confirm().silence(1000, { isUnwilling: true });
    expect(story.after(3999, goodHeartbeat).record.state).toBe("dead");
    expect(story.after(1, goodHeartbeat).record.state).toBe("live");
  });

  test("a lease that is held ends the suspicion", () => {
    const story = new Story().live().silence(1000, { isUnwilling: true });
    story
      .after(2000, goodHeartbeat)
      .confirm()
      .after(1, { ...goodHeartbeat, isLeaseHeld: true });
    expect(story.record.unwillingDeaths).toBe(0);
  });
});

describe("switchover", () => {
  const begun = () => new Story().live().after(1, { kind: "switchover_asked", actor: anna });

  test("takes the lease back first: nobody has the channels, and no run begins", () => {
    const story = begun();
    expect(story.record).toMatchObject({ assignment: "nobody", switchover: anna, term: 2n });
    expect(story.kinds()).not.toContain("begin_run");
    expect(story.kinds()).not.toContain("ask_target");
  });

  test("the backup starts when STOPPED is confirmed under the term, with no signal", () => {
    const story = begun().after(1, goodHeartbeat);
    expect(story.record.assignment).toBe("nobody");
    story.after(1, confirmsStopped);
    expect(story.record).toMatchObject({ assignment: "backup", isTakenBySwitchover: true });
    expect(story.signals()).toEqual([]);
    expect(story.begun()?.run).toMatchObject({
      reason: "switchover",
      signal: "DEAD",
      term: 2n,
      actor: anna,
    });
  });

  test("the backup starts a threshold after the last grant when nothing is confirmed", () => {
    const story = begun().wait(999);
    expect(story.record.assignment).toBe("nobody");
    story.silence(1, { sinceGrantMs: 1000 });
    expect(story.record.assignment).toBe("backup");
  });

  test("a close completes it", () => {
    const story = begun().after(1, { kind: "close_received", actor: anna });
    expect(story.record).toMatchObject({ state: "closed", assignment: "backup" });
    expect(story.signals()).toEqual(["CLOSE"]);
  });

  test("after it the failback is manual, whatever the policy", () => {
    const story = begun().after(1, confirmsStopped).silence(1000).after(1, goodHeartbeat);
    expect(story.record).toMatchObject({ assignment: "backup", hold: { until: "operator" } });
  });

  test("a failback after it runs the LIVE case under a new term", () => {
    const story = begun().after(1, confirmsStopped);
    story.after(1, { kind: "failback_asked", actor: anna });
    expect(story.record).toMatchObject({ assignment: "nobody", term: 3n });
    expect(story.begun()?.run).toMatchObject({ reason: "failback", signal: "LIVE", term: 3n });
  });

  test("it goes back to the primary when the backup starts nothing", () => {
    const story = begun().after(1, confirmsStopped);
    story.after(1, { kind: "takeover_failed", runId: story.record.takeoverRunId }).confirm();
    expect(story.record).toMatchObject({ assignment: "primary", isTakenBySwitchover: false });
  });

  test.each([
    ["NOT_PROTECTED", new Story({ protection: "none" }).live()],
    ["NOT_LIVE", new Story()],
    ["NOTHING_TO_DO", new Story().after(1, goodHeartbeat)],
    ["NOTHING_TO_DO", begun().after(1, confirmsStopped)],
  ])("is refused with %s", (reason, story) => {
    const before = story.record;
    story.after(1, { kind: "switchover_asked", actor: anna });
    expect(story.refusal?.reason).toBe(reason);
    expect(story.record).toBe(before);
  });
});

test("maintenance is refused while a switchover is under way", () => {
  const story = new Story().live().after(1, { kind: "switchover_asked", actor: anna });
  const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: undefined };
  story.after(1, { kind: "maintenance_set", maintenance, untilMs: undefined });
  expect(story.refusal?.reason).toBe("SWITCHING_OVER");
});

describe("a higher term", () => {
  test("is gone above, nothing that was known is trusted, and nothing is declared", () => {
    const story = new Story().live().after(1, { kind: "higher_term_seen", term: 41n });
    expect(story.record).toMatchObject({
      state: "waiting",
      assignment: "nobody",
      term: 42n,
      cleanTargets: [],
    });
    expect(story.kinds()).toContain("drop_runs");
    expect(story.signals()).toEqual([]);
  });

  test("keeps start orders and first grants back for a threshold", () => {
    const story = new Story().live().after(1, { kind: "higher_term_seen", term: 41n });
    expect(story.server.startsNotBeforeMs).toBe(story.nowMs + 1000);
    expect(story.server.heldOnlyUntilMs).toBe(story.nowMs + 1000);
  });

  test("that is lower than the present one changes nothing", () => {
    const story = new Story({}, { term: 5n });
    const before = story.server;
    story.after(1, { kind: "higher_term_seen", term: 4n });
    expect(story.server).toBe(before);
  });
});

test("a heartbeat that does not know its machine takes the place of none", () => {
  const story = new Story().live().after(1, { ...goodHeartbeat, holder: "" });
  expect(story.record).toMatchObject({ holder: "machine-1", assignment: "primary", term: 1n });
});

test("another machine that was let in gets no lease of the first one's term", () => {
  const story = new Story().live().after(1, { ...goodHeartbeat, holder: "machine-2" });
  expect(story.record).toMatchObject({ holder: "machine-2", assignment: "nobody", term: 2n });
});

describe("maintenance", () => {
  const set = (untilMs: number | undefined) => {
    const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: untilMs };
    return new Story().live().after(1, { kind: "maintenance_set", maintenance, untilMs });
  };

  test("nothing is declared while it lasts", () => {
    const story = set(undefined).silence(1_000_000);
    expect(story.record.state).toBe("live");
    expect(story.signals()).toEqual([]);
  });

  test("cleared, the threshold counts anew, and the silence before does not count", () => {
    const story = set(undefined).silence(5000);
    story.after(1, { kind: "maintenance_cleared", actor: anna });
    expect(story.kinds()).toContain("restart_threshold");
    expect(story.record).toMatchObject({ state: "live", maintenance: undefined });
  });

  test("it ends by itself, and the silence before does not count", () => {
    const story = set(5000).silence(6000);
    expect(story.record).toMatchObject({ state: "live", maintenance: undefined });
    expect(story.silence(1000).record.state).toBe("dead");
  });

  test("a close during it is told at its end, unless the server came back", () => {
    const closed = () => set(undefined).after(1, { kind: "close_received", actor: anna });
    const cleared = { kind: "maintenance_cleared", actor: anna } as const;
    expect(closed().signals()).toEqual([]);
    expect(closed().after(1, cleared).signals()).toEqual(["CLOSE"]);
    expect(closed().after(1, goodHeartbeat).after(1, cleared).signals()).toEqual([]);
  });

  test("no failback begins while it lasts", () => {
    const story = new Story({ failback: { kind: "manual" } }).live().silence(1000);
    story.after(1, goodHeartbeat);
    const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: undefined };
    story.after(1, { kind: "maintenance_set", maintenance, untilMs: undefined });
    story.after(1, { kind: "failback_asked", actor: anna });
    expect(story.refusal?.reason).toBe("IN_MAINTENANCE");
    expect(story.record.assignment).toBe("backup");
  });
});

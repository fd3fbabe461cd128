// The rules of docs/rules.md, on the core of one watched server.

import { describe, expect, test } from "vitest";
import type { Flow, FlowStep } from "./flow.ts";
import { wakeAtMs } from "./server.ts";
import type { ServerState } from "./server-record.ts";
import { anna, goodHeartbeat, Story } from "./story.fixture.ts";
import { transitions } from "./transitions.ts";

/** A server in a state, with what each event of the table looks like. */
function storyIn(state: ServerState): Story {
  const story = new Story({ closeExpiryMs: 5000 }, { state, term: 7n, holder: "machine-1" });
  // What is stored live is waiting for its first heartbeat.
  if (state === "live") story.after(1, goodHeartbeat);
  return story;
}

function apply(story: Story, on: string): Story {
  switch (on) {
    case "good_heartbeat":
      return story.after(1, goodHeartbeat);
    case "threshold_passed":
      return story.silence(1000);
    case "close_received":
      return story.after(1, { kind: "close_received", actor: anna });
    default:
      return story.silence(6000);
  }
}

describe("the table of states", () => {
  test.each(transitions)("$from and $on: $to, and $signal once", (row) => {
    const story = storyIn(row.from);
    expect(story.record.state).toBe(row.from);
    const termBefore = story.record.term;
    apply(story, row.on);
    expect(story.record.state).toBe(row.to);
    expect(story.record.because).toBe(row.because);
    expect(story.signals()).toEqual(row.signal === undefined ? [] : [row.signal]);
    expect(story.record.term).toBe(row.signal === undefined ? termBefore : termBefore + 1n);
  });

  const states: readonly ServerState[] = ["unheard", "waiting", "live", "dead", "closed"];
  const events = ["good_heartbeat", "threshold_passed", "close_received"];
  const rowless = states.flatMap((from) =>
    events
      .filter((on) => !transitions.some((row) => row.from === from && row.on === on))
      .map((on) => ({ from, on })),
  );
  test.each(rowless)("$from and $on: no row, so no signal", ({ from, on }) => {
    const story = storyIn(from);
    const before = story.record;
    apply(story, on);
    expect(story.signals()).toEqual([]);
    expect(story.record.state).toBe(before.state);
    expect(story.record.term).toBe(before.term);
  });

  test("a silence shorter than the threshold declares nothing", () => {
    const story = new Story().live().silence(999);
    expect(story.record.state).toBe("live");
  });
});

describe("failover", () => {
  test("DEAD assigns the backup under a new term, and its target is dirty before a start", () => {
    const story = new Story().live();
    expect(story.record.cleanTargets).toEqual(["backup-1"]);
    story.silence(1000);
    expect(story.record).toMatchObject({ assignment: "backup", term: 2n });
    expect(story.begun()).toMatchObject({
      isSuperseding: true,
      run: { term: 2n, caseName: "DEAD" },
    });
    expect(story.record.takeoverRunId).toBe("primary-1-2-signal");
    story.after(1, { kind: "start_begins", target: "backup-1" });
    expect(story.record).toMatchObject({ cleanTargets: [], startedTargets: ["backup-1"] });
  });

  test("a backup that no start ever reached keeps no primary down", () => {
    const story = new Story().live().silence(1000).after(1, goodHeartbeat);
    expect(story.wait(999).record.assignment).toBe("nobody");
    expect(story.wait(1).record.assignment).toBe("primary");
  });

  test("a flow that starts nothing on DEAD leaves the channels with nobody", () => {
    const flow = {
      startTargets: [],
      decision: "",
      cases: [],
      plan: () => ({ caseName: "", steps: [] }),
    };
    const story = new Story({ flow }).live().silence(1000);
    expect(story.record.assignment).toBe("nobody");
  });
});

describe("failback and the gate", () => {
  const returned = () => new Story().live().takenOver().after(1, goodHeartbeat);

  test("LIVE takes the channels from the backup and asks every target under the new term", () => {
    const story = returned();
    expect(story.record).toMatchObject({ assignment: "nobody", term: 3n });
    expect(story.effects).toContainEqual({ kind: "ask_target", target: "backup-1", term: 3n });
  });

  test("the server gets the lease only when the target has confirmed under this term", () => {
    const story = returned().confirm("backup-1", 2n);
    expect(story.record.assignment).toBe("nobody");
    story.confirm("backup-1", 3n);
    expect(story.record).toMatchObject({ assignment: "primary", cleanTargets: ["backup-1"] });
  });

  test("a dirty target that does not answer is never counted as stopped", () => {
    const story = returned().wait(1000).wait(1_000_000);
    expect(story.record.assignment).toBe("nobody");
  });

  test("a clean target that does not answer counts as stopped after a threshold", () => {
    const story = new Story({}, { cleanTargets: ["backup-1"] }).after(1, goodHeartbeat);
    expect(story.wait(999).record.assignment).toBe("nobody");
    expect(story.wait(1).record.assignment).toBe("primary");
  });

  test("with an empty journal every target is dirty", () => {
    const story = new Story().after(1, goodHeartbeat).wait(1000).wait(1000);
    expect(story.record.assignment).toBe("nobody");
  });

  test("a clean target that answers that it runs something is dirty, whatever time passes", () => {
    const story = new Story({}, { cleanTargets: ["backup-1"] }).after(1, goodHeartbeat);
    story.after(1, { kind: "target_denied", target: "backup-1", term: 1n });
    expect(story.record).toMatchObject({ cleanTargets: [], startedTargets: ["backup-1"] });
    expect(story.wait(1000).wait(1000).record.assignment).toBe("nobody");
    expect(story.confirm().record.assignment).toBe("primary");
  });

  test("a target that the flow names no more is asked for as long as it may run something", () => {
    const stored = { state: "dead", assignment: "backup", term: 2n } as const;
    const story = new Story({}, { ...stored, startedTargets: ["backup-0"] });
    story.after(1, goodHeartbeat);
    const asked = story.effects.flatMap((each) => (each.kind === "ask_target" ? each.target : []));
    expect(asked).toEqual(["backup-1", "backup-0"]);
    expect(story.confirm("backup-1").record.assignment).toBe("nobody");
    expect(story.confirm("backup-0").record).toMatchObject({
      assignment: "primary",
      startedTargets: [],
    });
  });

  test("an operator can vouch for a dirty target while the gate waits for it", () => {
    const story = returned().after(1, {
      kind: "stopped_confirmed",
      target: "backup-1",
      actor: anna,
    });
    expect(story.record.assignment).toBe("primary");
    expect(story.effects).toContainEqual(expect.objectContaining({ kind: "note", actor: anna }));
  });

  test("an operator cannot vouch for a target that nobody waits for", () => {
    const story = new Story().live().takenOver();
    story.after(1, { kind: "stopped_confirmed", target: "backup-1", actor: anna });
    expect(story.refusal?.reason).toBe("NOT_WAITING");
    expect(story.record.cleanTargets).toEqual([]);
  });

  test("a fence that succeeds vouches for a dirty target, one that fails does not", () => {
    const fenced = () =>
      new Story({ fencedTargets: ["backup-1"] })
        .live()
        .takenOver()
        .after(1, goodHeartbeat)
        .wait(1000);
    const answer = { kind: "target_fenced", target: "backup-1", term: 3n } as const;
    expect(fenced().kinds()).toContain("fence_target");
    expect(fenced().after(1, { ...answer, error: "exit 1" }).record.assignment).toBe("nobody");
    expect(fenced().after(1, { ...answer, error: "" }).record.assignment).toBe("primary");
  });

  test("a manual failback is held: the backup keeps the channels and its run goes on", () => {
    const story = new Story({ failback: { kind: "manual" } });
    story.live().silence(1000).after(1, goodHeartbeat);
    expect(story.record).toMatchObject({ state: "live", assignment: "backup" });
    expect(story.record.hold).toEqual({ until: "operator" });
    expect(story.begun()).toMatchObject({ isSuperseding: false, run: { state: "held" } });
    story.after(1, { kind: "failback_asked", actor: anna });
    expect(story.record).toMatchObject({ assignment: "nobody", term: 4n, hold: undefined });
    expect(story.effects).toContainEqual({ kind: "release_run", term: 4n, actor: anna });
  });

  test("a delayed failback happens when the server has been live for the delay", () => {
    const story = new Story({ failback: { kind: "stable", delayMs: 5000 } });
    story.live().silence(1000).after(1, goodHeartbeat);
    expect(story.wait(4999).record.assignment).toBe("backup");
    expect(story.wait(1).record.assignment).toBe("nobody");
  });

  test("a LIVE that follows no takeover is never held", () => {
    const story = new Story({ failback: { kind: "manual" } }).live();
    expect(story.record.assignment).toBe("primary");
    story.after(1, { kind: "close_received", actor: anna }).after(1, goodHeartbeat).confirm();
    expect(story.record).toMatchObject({ assignment: "primary", hold: undefined });
  });

  test("a failback is refused when the server is not live, or has its channels", () => {
    const story = new Story().live().after(1, { kind: "failback_asked", actor: anna });
    expect(story.refusal?.reason).toBe("NOTHING_TO_DO");
    story.silence(1000).after(1, { kind: "failback_asked", actor: anna });
    expect(story.refusal?.reason).toBe("NOT_LIVE");
  });
});

describe("close", () => {
  test("CLOSE leaves the channels with nobody, and missed heartbeats are ignored", () => {
    const story = new Story().live().after(1, { kind: "close_received", actor: anna });
    expect(story.record).toMatchObject({ state: "closed", assignment: "nobody" });
    story.silence(1_000_000);
    expect(story.record.state).toBe("closed");
  });

  test("CLOSE leaves the channels with a backup that has them, and its run goes on", () => {
    const story = new Story({ failback: { kind: "manual" } });
    story.live().silence(1000).after(1, goodHeartbeat);
    story.after(1, { kind: "close_received", actor: anna });
    expect(story.record).toMatchObject({ state: "closed", assignment: "backup" });
    expect(story.begun()).toMatchObject({ isSuperseding: false, run: { signal: "CLOSE" } });
  });

  const closing = (caseName: string, steps: readonly FlowStep[]): Flow => {
    const { flow } = new Story().settings;
    return {
      ...flow,
      plan: (document) =>
        document.includes(`>${caseName}<`) ? { caseName, steps } : flow.plan(document),
    };
  };

  test("a CLOSE case that starts channels takes over, and completes a switchover at once", () => {
    const start = { kind: "start_channels", target: "backup-1", names: ["orders"] } as const;
    const story = new Story({ flow: closing("CLOSE", [start]) }).live();
    story.after(1, { kind: "switchover_asked", actor: anna });
    story.after(1, { kind: "close_received", actor: anna });
    expect(story.record).toMatchObject({
      assignment: "backup",
      switchover: undefined,
      isTakenBySwitchover: true,
      takeoverRunId: "primary-1-3-signal",
    });
  });

  test("a CLOSE case that stops channels ends no takeover", () => {
    const stop = { kind: "stop_channels", target: "backup-1", names: ["orders"] } as const;
    const flow = closing("CLOSE", [stop]);
    const story = new Story({ failback: { kind: "manual" }, flow }).live().silence(1000);
    const { takeoverRunId } = story.record;
    story.after(1, goodHeartbeat).after(1, { kind: "close_received", actor: anna });
    expect(story.begun()).toMatchObject({ isSuperseding: false });
    expect(story.record).toMatchObject({ assignment: "backup", takeoverRunId });
  });

  test("a second CLOSE gives no second signal", () => {
    const story = new Story().live().after(1, { kind: "close_received", actor: anna });
    story.after(1, { kind: "close_received", actor: anna });
    expect(story.effects).toEqual([]);
  });
});

test("in maintenance the loop waits for no instant that could decide nothing", () => {
  const story = new Story({ closeExpiryMs: 5000 }).live();
  story.after(1, { kind: "close_received", actor: anna });
  expect(wakeAtMs(story.settings, story.server)).toBe(story.nowMs + 5000);
  const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: undefined };
  story.after(1, { kind: "maintenance_set", maintenance, untilMs: undefined });
  expect(wakeAtMs(story.settings, story.server)).toBe(Number.POSITIVE_INFINITY);
});

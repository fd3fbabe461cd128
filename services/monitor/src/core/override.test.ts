// Rules of R10 in the monitor: a server or a target that runs by an override is brought back under
// the rule of one runner, without a gap where that is safe.

import { expect, test } from "vitest";
import { answerTo } from "./answer.ts";
import { type Heard, newHeard } from "./heard.ts";
import { noteAnswered } from "./liveness.ts";
import type { ServerEvent } from "./server-event.ts";
import { newServerRecord, type ServerRecord } from "./server-record.ts";
import { step } from "./server.ts";
import { goodHeartbeat, sampleSettings, Story } from "./story.fixture.ts";
import { hear, setServer, silentMs, watch, type Watched } from "./watched.ts";

const anna = { name: "anna", reason: "the monitor is gone" };

/** As the journal has a server whose monitor died while it held the lease of term 5. */
const stored: ServerRecord = {
  ...newServerRecord("primary-1", 0),
  state: "live",
  assignment: "primary",
  term: 5n,
  holder: "machine-1",
  host: "host-1",
  cleanTargets: ["backup-1"],
};

/** A monitor that has just started, and hears heartbeats. */
class Listener {
  readonly settings = sampleSettings();
  readonly watched: Watched;
  readonly kinds: string[] = [];
  nowMs = 0;
  #sequence = 0;

  constructor(fields: Partial<ServerRecord> = {}) {
    const moment = { nowMs: 0, wallMs: 0 };
    this.watched = watch(this.settings, { ...stored, ...fields }, moment);
  }

  take(event: ServerEvent): void {
    const { server, effects } = step(this.settings, this.watched.server, event);
    this.kinds.push(...effects.map((each) => each.kind));
    setServer(this.watched, server);
  }

  /** A heartbeat that acknowledges the one before, and its answer. */
  beat(fields: Partial<Heard> = {}) {
    this.nowMs += 200;
    const sequence = (this.#sequence += 1);
    const heard: Heard = {
      ...newHeard(),
      sequence,
      acknowledged: sequence - 1,
      isChannelsAnswering: true,
      lease: "override",
      override: anna,
      leaseTerm: 5n,
      isLeaseOfThisJournal: true,
      highestTerm: 5n,
      isHighestOfThisJournal: true,
      holder: "machine-1",
      host: "host-1",
      ...fields,
    };
    const moment = { nowMs: this.nowMs, wallMs: this.nowMs };
    const event = hear(this.watched, heard, { ...moment, stalledMs: 0 });
    if (event !== undefined) this.take(event);
    const answer = answerTo(this.watched, heard, { nowMs: this.nowMs, isUndecided: false });
    noteAnswered(this.watched.liveness, sequence, this.nowMs);
    return answer;
  }

  confirm(): void {
    const { term } = this.watched.server.record;
    const moment = { nowMs: this.nowMs, wallMs: this.nowMs };
    this.take({ kind: "target_confirmed", target: "backup-1", term, ...moment });
  }
}

test("an overridden server that is next gets a lease after a gate, without a gap", () => {
  const monitor = new Listener();
  expect(monitor.beat()).toMatchObject({ grant: "nothing", overrideMs: 0 });
  expect(monitor.beat()).toMatchObject({ grant: "nothing", term: 6n, overrideMs: 750 });
  const seen = { highestTerm: 6n };
  expect(monitor.beat(seen)).toMatchObject({ state: "live", overrideMs: 750 });
  expect(monitor.kinds).toContain("ask_target");
  monitor.confirm();
  expect(monitor.beat(seen)).toMatchObject({ grant: "lease", term: 6n });
  // The lease is under way: no term is raised for the override that it will end.
  expect(monitor.beat(seen)).toMatchObject({ grant: "lease", term: 6n });
  expect(monitor.beat({ ...seen, lease: "held", leaseTerm: 6n })).toMatchObject({ term: 6n });
  expect(monitor.kinds).not.toContain("record_signal");
});

test("the history tells who broke the glass, once", () => {
  const story = new Story({}, stored);
  story.after(1, { kind: "override_heard", actor: anna });
  const notes = story.effects.filter((each) => each.kind === "note");
  expect(notes[0]).toMatchObject({ text: expect.stringContaining("override"), actor: anna });
  const monitor = new Listener();
  for (let count = 0; count < 5; count += 1) monitor.beat({ highestTerm: 6n, leaseTerm: 5n });
  expect(monitor.watched.liveness.override).toEqual(anna);
});

test("what a backup has been given is taken from an overridden server at once", () => {
  const monitor = new Listener({
    state: "dead",
    assignment: "backup",
    cleanTargets: [],
    startedTargets: ["backup-1"],
  });
  expect(monitor.beat()).toMatchObject({ grant: "withdraw", overrideMs: 0 });
  monitor.beat();
  expect(monitor.beat({ highestTerm: 5n })).toMatchObject({ overrideMs: 0 });
});

test("as soon as a target may run anything, an override may not run on", () => {
  const monitor = new Listener({ cleanTargets: [], startedTargets: ["backup-1"] });
  monitor.beat();
  expect(monitor.beat()).toMatchObject({ grant: "nothing", term: 6n, overrideMs: 0 });
});

test("an override on a machine that does not hold the server id yet may not run on", () => {
  const monitor = new Listener();
  monitor.beat({ holder: "machine-2" });
  expect(monitor.beat({ holder: "machine-2" })).toMatchObject({ overrideMs: 0 });
});

test("a heartbeat that is not good lets nothing run on", () => {
  const monitor = new Listener();
  monitor.beat();
  monitor.beat();
  expect(monitor.beat({ isChannelsAnswering: false })).toMatchObject({ overrideMs: 0 });
  expect(monitor.beat({ unfitBecause: "x", acknowledged: 3 })).toMatchObject({ overrideMs: 0 });
});

test("what runs on is over before the server can be dead", () => {
  const monitor = new Listener();
  monitor.beat();
  const { overrideMs } = monitor.beat();
  expect(silentMs(monitor.watched, monitor.nowMs, 0)).toBe(0);
  expect(overrideMs).toBe(monitor.settings.leaseMs);
  expect(monitor.watched.liveness.lastGrantMs).toBe(monitor.nowMs);
});

test("running by an override confirms no stop, so that no switchover goes on", () => {
  const story = new Story({}, stored);
  story.after(1, goodHeartbeat);
  story.after(1, { kind: "switchover_asked", actor: anna });
  const monitor = new Listener();
  monitor.watched.server = story.server;
  const { term } = story.record;
  monitor.beat({ areChannelsStopped: true, highestTerm: term });
  monitor.beat({ areChannelsStopped: true, highestTerm: term });
  expect(monitor.watched.server.record).toMatchObject({ assignment: "nobody" });
  expect(monitor.watched.server.record.switchover).toEqual(anna);
});

test("a target that runs by an override is told to stop, and counts as dirty until it has", () => {
  const story = new Story({}, stored);
  story.after(1, goodHeartbeat);
  story.after(1, { kind: "override_seen", target: "backup-1", isLeaseHeld: true });
  expect(story.effects).toContainEqual({ kind: "ask_overridden", target: "backup-1", term: 5n });
  expect(story.record).toMatchObject({ cleanTargets: [], startedTargets: ["backup-1"] });
  story.confirm();
  expect(story.record).toMatchObject({
    assignment: "primary",
    cleanTargets: ["backup-1"],
    startedTargets: [],
  });
});

test("no lease begins before a target that runs by an override has stopped", () => {
  const story = new Story({}, stored);
  story.after(1, { kind: "override_seen", target: "backup-1", isLeaseHeld: false });
  expect(story.record).toMatchObject({ assignment: "nobody", term: 6n, cleanTargets: [] });
  expect(story.effects).toContainEqual({ kind: "ask_overridden", target: "backup-1", term: 6n });
  story.after(1, goodHeartbeat);
  expect(story.record).toMatchObject({ state: "live", assignment: "nobody" });
  expect(story.wait(5000).record.assignment).toBe("nobody");
  expect(story.confirm().record.assignment).toBe("primary");
});

test("what a target has confirmed before the server is heard counts for the gate", () => {
  const story = new Story({}, stored);
  story.after(1, { kind: "override_seen", target: "backup-1", isLeaseHeld: false }).confirm();
  expect(story.record.cleanTargets).toEqual(["backup-1"]);
  story.after(1, goodHeartbeat);
  expect(story.kinds()).toContain("ask_target");
});

test("a target that has been given the channels is not told to stop them", () => {
  const story = new Story().live().takenOver();
  story.after(1, { kind: "override_seen", target: "backup-1", isLeaseHeld: false });
  expect(story.effects).toEqual([]);
  story.after(1, { kind: "target_confirmed", target: "backup-1", term: story.record.term });
  expect(story.record.cleanTargets).toEqual([]);
});

test("a target that has confirmed, and runs by an override since, holds the gate up again", () => {
  const two = { ...sampleSettings().flow, startTargets: ["backup-1", "backup-2"] };
  const story = new Story({ flow: two }, { ...stored, state: "dead", assignment: "nobody" });
  story.after(1, goodHeartbeat).confirm("backup-1");
  story.after(1, { kind: "override_seen", target: "backup-1", isLeaseHeld: false });
  expect(story.effects).toContainEqual({
    kind: "ask_target",
    target: "backup-1",
    term: story.record.term,
  });
  story.after(1, { kind: "override_seen", target: "backup-1", isLeaseHeld: false });
  expect(story.kinds()).toEqual([]);
  expect(story.confirm("backup-2").record.assignment).toBe("nobody");
  expect(story.confirm("backup-1").record.assignment).toBe("primary");
});

test("a monitor with an empty journal trusts no target, and lets nothing run on", () => {
  const monitor = new Listener({ ...newServerRecord("primary-1", 0) });
  const strange = { isHighestOfThisJournal: false, isLeaseOfThisJournal: false } as const;
  monitor.beat(strange);
  monitor.beat(strange);
  expect(monitor.watched.server.record).toMatchObject({ term: 6n, assignment: "nobody" });
  expect(monitor.beat(strange)).toMatchObject({ grant: "nothing", overrideMs: 0 });
  const known = { ...strange, highestTerm: 6n, isHighestOfThisJournal: true };
  expect(monitor.beat(known)).toMatchObject({ grant: "nothing", overrideMs: 0 });
  monitor.nowMs += 60_000;
  expect(monitor.beat(known)).toMatchObject({ grant: "nothing", overrideMs: 0 });
});

test("how long an override may run on is known to the journal like a lease", () => {
  const longestLease = { leaseMs: 100, lastsMs: 101 };
  const story = new Story({}, { ...stored, assignment: "nobody", longestLease });
  story.after(0, { kind: "monitor_started" });
  expect(story.record.longestLease).toEqual({ leaseMs: 750, lastsMs: 751 });
});

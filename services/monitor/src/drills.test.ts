// Drills over a whole monitor, with time and targets in the test's hands: what is asked of the
// server and when, what is stored, and that whatever is no drill goes before it.

import { afterEach, describe, expect, test } from "vitest";
import { newPhases } from "./core/drill-estimate.ts";
import type { DrillKind, DrillRecord } from "./core/drill-record.ts";
import type { Heard } from "./core/heard.ts";
import { sampleSettings } from "./core/story.fixture.ts";
import { Drills } from "./drills.ts";
import { TestMonitor, type TestMonitorOptions } from "./monitor.fixture.ts";
import type { Journal } from "./ports.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const anna = { name: "anna", reason: "every quarter" };
const objective = { detectionMs: undefined, startMs: undefined, handoverMs: undefined };

let disk = createMemoryDisk("journal-1");
let life: Life | undefined;
afterEach(() => {
  life?.[Symbol.dispose]();
  disk = createMemoryDisk("journal-1");
});

/** One life of a monitor, with a primary that answers as a real one would. */
class Life implements Disposable {
  readonly story: TestMonitor;
  readonly drills: Drills;
  /** What the primary runs. */
  activity = "STARTED";

  constructor(options: TestMonitorOptions = {}, journal: Journal = openMemoryJournal(disk)) {
    this.story = new TestMonitor(journal, options);
    this.drills = new Drills(this.story.monitor, ({ record }) => [
      { name: "orders", activity: this.activity, term: record.term },
    ]);
  }

  begin(kind: DrillKind, fields: Partial<DrillRecord["objective"]> = {}) {
    const { record } = this.story;
    const measured = { drills: [], runs: [], thresholdMs: 1000, gapsMs: [] };
    return this.drills.begin(this.story.server, {
      drillId: `drill-${record.term}`,
      serverId: "primary-1",
      kind,
      actor: anna,
      objective: { ...objective, ...fields },
      state: "running",
      startTerm: record.term,
      phases: newPhases(kind, { ...objective, ...fields }, measured),
      channels: [{ name: "orders", outMs: undefined, backMs: undefined }],
      mails: 0,
      because: [],
      startedWallMs: this.story.time.clock.wallMs(),
      endedWallMs: undefined,
    });
  }

  /** The server beats on for so long: it holds whatever it is granted, and nothing else. */
  async beat(durationMs: number, fields: Partial<Heard> = {}): Promise<void> {
    const { story } = this;
    for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
      const mayHold = story.record.assignment === "primary" && !this.isSilenced;
      this.activity = mayHold ? "STARTED" : "STOPPED";
      if (mayHold && fields.lease === undefined) story.beatHeld();
      else story.beat({ lease: "ended", leaseTerm: story.record.term, ...fields });
      story.monitor.announce(story.server);
      await story.time.pass(100);
    }
  }

  get isSilenced(): boolean {
    return this.story.server.watched.liveness.drillSilence !== undefined;
  }

  get drill(): DrillRecord | undefined {
    const page = { serverId: "primary-1", limit: 1, before: undefined };
    return this.story.monitor.parts.journal.listDrills(page)[0]?.drill;
  }

  [Symbol.dispose](): void {
    this.drills[Symbol.dispose]();
    this.story[Symbol.dispose]();
  }
}

async function liveLife(options: TestMonitorOptions = {}): Promise<Life> {
  life = new Life(options);
  await life.story.bringToLife();
  return life;
}

function phaseOf({ drill }: Life, name: string) {
  return drill?.phases.find((phase) => phase.name === name);
}

const start = { kind: "start_channels", target: "backup-1", names: ["orders"] } as const;
const mail = { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" } as const;
const mailingFlow = {
  ...sampleSettings().flow,
  plan: (document: string) => {
    const isDead = document.endsWith(">DEAD</signal>");
    return isDead ? { caseName: "DEAD", steps: [start, mail] } : { caseName: "", steps: [] };
  },
};

describe("a drill by switchover", () => {
  test("moves the channels to the backup and back, and measures it", async () => {
    const running = await liveLife();
    expect(running.begin("switchover")).toBeUndefined();
    await running.beat(2000);
    expect(running.story.record).toMatchObject({ state: "live", assignment: "primary" });
    expect(running.drill).toMatchObject({ state: "passed", because: [] });
    for (const name of ["release", "start", "handover"]) {
      expect(phaseOf(running, name)?.tookMs, name).toBeGreaterThanOrEqual(0);
    }
    expect(phaseOf(running, "detection")).toMatchObject({ isExercised: false, expectedMs: 1000 });
    expect(running.story.signals()).toEqual(["LIVE 1"]);
  });

  test("fails when a phase takes longer than its objective", async () => {
    const running = await liveLife();
    running.begin("switchover", { handoverMs: 1 });
    await running.beat(2000);
    expect(running.drill?.state).toBe("failed");
    expect(running.drill?.because[0]).toMatch(/^The handover took .+: the objective is 0\.00 s$/);
  });

  test("gives the channels back at once when the backup cannot start one", async () => {
    const running = await liveLife({
      answer: ({ kind }) =>
        kind === "start" ? { kind: "failed", error: "no such program" } : undefined,
    });
    running.begin("switchover");
    await running.beat(2000);
    expect(running.story.record).toMatchObject({ state: "live", assignment: "primary" });
    expect(running.drill).toMatchObject({ state: "failed" });
    expect(running.drill?.because[0]).toContain("no such program");
  });
});

describe("a drill by silence", () => {
  test("has the server declared DEAD, taken over, heard again and given back", async () => {
    const running = await liveLife({ settings: { failback: { kind: "manual" } } });
    running.begin("silence");
    await running.beat(4000);
    expect(running.story.signals()).toEqual(["LIVE 1", "DEAD 2", "LIVE 3"]);
    expect(running.story.record).toMatchObject({ state: "live", assignment: "primary" });
    expect(running.drill).toMatchObject({ state: "passed", because: [] });
    expect(phaseOf(running, "detection")?.tookMs).toBeGreaterThanOrEqual(1000);
    expect(running.isSilenced).toBe(false);
  });

  test("hears the server again only when the backup runs all channels", async () => {
    const answered = Promise.withResolvers<undefined>();
    const running = await liveLife({
      answer: ({ kind }) => (kind === "start" ? answered.promise.then(() => started) : undefined),
    });
    running.begin("silence");
    await running.beat(3000);
    expect(running.story.record.state).toBe("dead");
    answered.resolve(undefined);
    await running.beat(2000);
    expect(running.drill).toMatchObject({ state: "passed" });
  });

  test("ends with a server that dies itself: that DEAD says nothing of a drill", async () => {
    const running = await liveLife();
    running.begin("silence");
    await running.beat(300);
    await running.story.time.pass(3000);
    expect(running.story.record).toMatchObject({
      state: "dead",
      assignment: "backup",
      because: "No good heartbeat for the threshold",
    });
    expect(running.drill?.state).toBe("failed");
    expect(running.drill?.because[0]).toContain("died in the middle of it");
  });

  test("leaves a server with the backup that never comes back, and says that it died", async () => {
    const running = await liveLife({ settings: { flow: mailingFlow } });
    running.begin("silence");
    await running.beat(1000);
    await running.story.time.pass(15_000);
    expect(running.story.record).toMatchObject({ state: "dead", assignment: "backup" });
    expect(running.drill?.because).toEqual([
      "The server was not heard again within 11.0 s",
      "It has not been heard since: its death is a real one",
    ]);
    expect(running.story.mails.map(({ values }) => values["because"])).toEqual([
      expect.stringContaining("because a drill counts its heartbeats as silence"),
      expect.stringContaining("its death is a real one"),
    ]);
  });

  test("does not make the death of a server come later", async () => {
    const running = await liveLife();
    const lastGoodMs = running.story.time.nowMs - 100;
    await running.beat(100);
    running.begin("silence");
    await running.beat(500);
    await running.story.time.pass(lastGoodMs + 1200 - running.story.time.nowMs);
    expect(running.story.record.state).toBe("dead");
  });
});

const started = {
  kind: "answered",
  channels: [{ name: "orders", activity: "STARTED", isOk: true, error: "", lastLines: [] }],
} as const;

describe("whatever is no drill goes before it", () => {
  const maintenance = { owner: "berta", reason: "disk", sinceWallMs: 0, untilWallMs: undefined };

  test("maintenance ends a silence at once, and the drill", async () => {
    const running = await liveLife();
    const { story } = running;
    running.begin("silence");
    const { nowMs } = story.time;
    const set = { kind: "maintenance_set", maintenance, untilMs: undefined } as const;
    story.server.take({ ...set, nowMs, wallMs: nowMs });
    expect(running.isSilenced).toBe(false);
    await running.beat(300);
    expect(running.drill).toMatchObject({
      state: "failed",
      because: ["berta set maintenance: disk"],
    });
  });

  test("an operator's failback stands, and ends the drill", async () => {
    const answered = Promise.withResolvers<undefined>();
    const running = await liveLife({
      answer: ({ kind }) => (kind === "start" ? answered.promise.then(() => started) : undefined),
    });
    const { story } = running;
    running.begin("switchover");
    await running.beat(200);
    const berta = { name: "berta", reason: "enough" };
    const { nowMs } = story.time;
    const failback = { kind: "failback_asked", actor: berta, nowMs, wallMs: nowMs } as const;
    expect(story.server.take(failback)).toBeUndefined();
    await running.beat(2000);
    expect(story.record.assignment).toBe("primary");
    expect(running.drill?.because[0]).toContain("(berta: enough)");
  });

  test("a second drill of the server is refused", async () => {
    const running = await liveLife();
    running.begin("silence");
    expect(running.begin("switchover")).toMatchObject({ reason: "DRILL_UNDER_WAY" });
  });
});

test("a monitor that stops hears a live server again, so that it can be released", async () => {
  const running = await liveLife();
  running.begin("silence");
  await running.beat(200);
  const released = running.story.monitor.release();
  await running.story.time.pass(200);
  expect(running.isSilenced).toBe(false);
  await running.story.time.pass(10_000);
  await released;
  expect(running.drill?.state).toBe("running");
});

describe("a monitor that starts in the middle of a drill", () => {
  test("gives the channels back and tells why it failed", async () => {
    const before = await liveLife({
      answer: ({ kind }) => (kind === "start" ? new Promise(() => {}) : undefined),
    });
    before.begin("switchover");
    await before.beat(100);
    expect(before.story.record.assignment).toBe("backup");
    const { nowMs } = before.story.time;
    before[Symbol.dispose]();
    life = new Life();
    life.story.time.nowMs = Math.max(life.story.time.nowMs, nowMs);
    life.story.connect();
    await life.beat(6000);
    expect(life.story.record).toMatchObject({ state: "live", assignment: "primary" });
    expect(life.drill).toMatchObject({
      state: "failed",
      because: ["The monitor was restarted in the middle of it"],
    });
    expect(life.story.orders.map(({ kind }) => kind)).toContain("stop");
  });

  test("hears a silenced server again: a silence is in memory only", async () => {
    const before = await liveLife();
    before.begin("silence");
    await before.beat(300);
    before[Symbol.dispose]();
    life = new Life();
    life.story.connect();
    await life.beat(3000);
    expect(life.story.record).toMatchObject({ state: "live", assignment: "primary" });
    expect(life.story.signals()).toEqual(["LIVE 1"]);
    expect(life.drill).toMatchObject({ state: "failed" });
  });
});

test("the history says that a drill began, and how it ended", async () => {
  const running = await liveLife();
  running.begin("switchover");
  await running.beat(2000);
  const { journal } = running.story.monitor.parts;
  const lines = journal.listHistory("primary-1", 20).map(({ text }) => text);
  expect(lines).toContain("Drill drill-1 began: a planned move to the backup and back");
  expect(lines).toContain("Drill drill-1 passed");
});

test("what cannot be stored of a drill is tried again once a second, and is not lost", async () => {
  const memory = openMemoryJournal(disk);
  const state = { isFull: false, drills: 0, returns: 0 };
  const journal: Journal = {
    ...memory,
    saveDrill: (...given) => {
      if (!state.isFull) return memory.saveDrill(...given);
      state.drills += 1;
      throw new Error("disk full");
    },
    commit: (change) => {
      const isReturn = change.servers.some(({ assignment }) => assignment === "nobody");
      if (!state.isFull || !isReturn) return memory.commit(change);
      state.returns += 1;
      throw new Error("disk full");
    },
  };
  life = new Life({ settings: { failback: { kind: "manual" } } }, journal);
  await life.story.bringToLife();
  expect(life.begin("silence")).toBeUndefined();
  state.isFull = true;
  await life.beat(6_000);
  expect(life.story.record).toMatchObject({ state: "live", assignment: "backup" });
  for (const attempts of [state.drills, state.returns]) {
    expect(attempts).toBeGreaterThan(1);
    expect(attempts).toBeLessThanOrEqual(6);
  }
  state.isFull = false;
  await life.beat(3_000);
  expect(life.drill?.state).toBe("passed");
});

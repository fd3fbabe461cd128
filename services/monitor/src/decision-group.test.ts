// What many servers decide in one turn of the process: one transaction, all of it or nothing, and
// never more than the living can wait for.

import { describe, expect, test } from "vitest";
import { newServerRecord } from "./core/server-record.ts";
import { sampleSettings } from "./core/story.fixture.ts";
import { TestMonitor, type TestMonitorOptions } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { Journal, JournalChange } from "./ports.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

/** Time in which what comes after input waits for the next turn, as in a real process. */
class TimeOfTurns extends TestTime {
  readonly #turn: (() => void)[] = [];

  override readInput(wake: () => void): void {
    this.#turn.push(wake);
  }

  async turn(): Promise<void> {
    for (const wake of this.#turn.splice(0)) wake();
    await this.pass(0);
  }

  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await this.turn();
  }
}

/** A monitor that starts on a journal in which this many servers, and primary-1, are live. */
function openLive(othersCount: number, answer?: TestMonitorOptions["answer"]) {
  const others = Array.from({ length: othersCount }, (_, index) =>
    sampleSettings({ serverId: `server-${index}` }),
  );
  const disk = createMemoryDisk("journal-1");
  for (const { serverId } of [sampleSettings(), ...others]) {
    const fields = { state: "live", assignment: "primary", term: 1n, holder: "m" } as const;
    const known = { cleanTargets: ["backup-1"], longestLease: { leaseMs: 750, lastsMs: 751 } };
    disk.servers.set(serverId, { ...newServerRecord(serverId, 0), ...fields, ...known });
  }
  const memory = openMemoryJournal(disk);
  const commits: JournalChange[] = [];
  const state = { isFull: false };
  const journal: Journal = {
    ...memory,
    commit: (change) => {
      if (state.isFull) throw new Error("disk full");
      memory.commit(change);
      commits.push(change);
    },
  };
  const time = new TimeOfTurns();
  const story = new TestMonitor(journal, { time, others, ...(answer && { answer }) });
  const starts = () => story.orders.filter(({ kind }) => kind === "start").length;
  return { story, time, commits, state, disk, starts };
}

describe("servers that die at once", () => {
  test("are declared dead in one transaction, with signals numbered through", async () => {
    const { story, time, commits } = openLive(20);
    using _ = story;
    await time.pass(1000);
    await time.turns(2);
    expect(commits).toHaveLength(1);
    expect(commits[0]?.servers).toHaveLength(21);
    expect(commits[0]?.runs).toHaveLength(21);
    const ids = commits[0]?.signals.map(({ signalId }) => Number(signalId));
    expect(ids).toEqual(Array.from({ length: 21 }, (_each, index) => index + 1));
  });

  test("have their targets marked in one transaction, before any start is sent", async () => {
    const { story, time, commits, starts, disk } = openLive(20);
    using _ = story;
    await time.pass(1000);
    await time.turns(2);
    expect(starts()).toBe(0);
    await time.turn();
    expect(commits).toHaveLength(2);
    expect([...disk.servers.values()].map(({ startedTargets }) => startedTargets)).toEqual(
      Array.from({ length: 21 }, () => ["backup-1"]),
    );
    expect(starts()).toBe(21);
  });

  test("leave one transaction behind when all their targets have answered", async () => {
    const { story, time, commits, disk } = openLive(20);
    using _ = story;
    await time.pass(1000);
    await time.turns(4);
    expect(commits).toHaveLength(3);
    const states = [...disk.runs.values()].map(({ run }) => run.state);
    expect(states).toEqual(Array.from({ length: 21 }, () => "finished"));
  });

  test("are decided a hundred in a turn, so that the living are answered in between", async () => {
    const { story, time, commits } = openLive(250);
    using _ = story;
    await time.pass(1000);
    await time.turns(10);
    const declared = commits.map(({ signals }) => signals.length).filter((count) => count > 0);
    expect(declared).toEqual([100, 100, 51]);
  });
});

describe("when the journal cannot be written", () => {
  test("none of them is dead, nothing is started, and all are tried again", async () => {
    const { story, time, state, starts } = openLive(5);
    using _ = story;
    state.isFull = true;
    await time.pass(1000);
    await time.turns(3);
    const states = () => [...story.monitor.servers.values()].map(({ record }) => record.state);
    expect(new Set(states())).toEqual(new Set(["waiting"]));
    expect(starts()).toBe(0);
    state.isFull = false;
    await time.pass(1000);
    await time.turns(3);
    expect(new Set(states())).toEqual(new Set(["dead"]));
    expect(starts()).toBe(6);
    expect(story.signals()).toHaveLength(6);
  });

  test("the lag of a decision is counted once it is durable, and whole", async () => {
    const { story, time, state } = openLive(5);
    using _ = story;
    const { counts } = story.monitor.decisionLags;
    const counted = () => counts.reduce((sum, count) => sum + count, 0);
    state.isFull = true;
    await time.pass(1000);
    await time.turns(3);
    expect(counted()).toBe(0);
    state.isFull = false;
    await time.pass(1000);
    await time.turns(3);
    expect(counted()).toBe(6);
    expect(story.monitor.decisionLags.sumMs).toBeGreaterThanOrEqual(6 * 1000);
  });
});

test("a server that is heard before its death is decided lives on", async () => {
  const { story, time } = openLive(5);
  using _ = story;
  await time.pass(1000);
  await time.turn();
  story.connect("m");
  story.beat({ holder: "m" });
  story.beat({ holder: "m" });
  await time.turn();
  expect(story.signals()).toHaveLength(5);
  expect(story.record.state).toBe("live");
});

test("a start that is overtaken before it is sent makes no target dirty", async () => {
  // A backup that does not answer stays clean, and so keeps nobody from starting.
  const { story, time, starts } = openLive(0, () => ({ kind: "failed", error: "no answer" }));
  using _ = story;
  await time.pass(1000);
  await time.turns(2);
  expect(story.record.state).toBe("dead");
  story.connect("m");
  story.beat({ holder: "m" });
  story.beat({ holder: "m" });
  await time.turns(3);
  expect(story.record).toMatchObject({ state: "live", cleanTargets: ["backup-1"] });
  expect(starts()).toBe(0);
});

test("what is not stored of a run yet is stored when the monitor stops", async () => {
  const { story, time, disk } = openLive(0);
  await time.pass(1000);
  await time.turns(3);
  const [before] = [...disk.runs.values()];
  expect(before?.run.state).toBe("running");
  story[Symbol.dispose]();
  expect([...disk.runs.values()].map(({ run }) => run.state)).toEqual(["finished"]);
});

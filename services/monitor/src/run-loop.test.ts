// What becomes of a run when the world goes on: a newer signal, a term from elsewhere, a restart of
// the monitor or of the backup.

import { describe, expect, test } from "vitest";
import { anna } from "./core/story.fixture.ts";
import { TestMonitor } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { ObservedChannel, OrderAnswer } from "./ports.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const emptyJournal = () => openMemoryJournal(createMemoryDisk("journal-1"));
const silent: OrderAnswer = { kind: "failed", error: "no answer" };
const startAgain = { kind: "start", names: ["orders"], term: 2n };

function starts(story: TestMonitor) {
  return story.orders.filter(({ kind }) => kind === "start");
}

/** The server is heard again after its death. */
function comeBack(story: TestMonitor): void {
  story.connect();
  story.beat();
  story.beat();
}

describe("a newer signal", () => {
  test("cancels the orders of the run before that are on their way", async () => {
    const underWay: AbortSignal[] = [];
    using story = new TestMonitor(emptyJournal(), {
      answer: ({ kind }, signal) => {
        if (kind === "stop") return undefined;
        underWay.push(signal);
        return new Promise<OrderAnswer>(() => {});
      },
    });
    await story.bringToLife();
    await story.time.pass(1000);
    expect(underWay.map(({ aborted }) => aborted)).toEqual([false]);
    comeBack(story);
    expect(underWay.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("ends the attempts of the run before, however often they had failed", async () => {
    using story = new TestMonitor(emptyJournal(), {
      answer: ({ kind }) => (kind === "start" ? silent : undefined),
    });
    await story.bringToLife();
    await story.time.pass(5000);
    const runId = story.record.takeoverRunId;
    comeBack(story);
    const before = story.orders.length;
    await story.time.pass(60_000);
    expect(story.orders.slice(before)).not.toContainEqual(startAgain);
    expect(story.monitor.parts.journal.findRun(runId)?.state).toBe("superseded");
  });
});

test("a failback that was held ends the run that it takes the channels from", async () => {
  using story = new TestMonitor(emptyJournal(), {
    settings: { failback: { kind: "manual" } },
    answer: ({ kind }) => (kind === "start" ? silent : undefined),
  });
  await story.bringToLife();
  await story.time.pass(1500);
  const runId = story.record.takeoverRunId;
  comeBack(story);
  const { nowMs } = story.time;
  story.server.take({ kind: "failback_asked", actor: anna, nowMs, wallMs: 0 });
  expect(story.record).toMatchObject({ assignment: "nobody", hold: undefined });
  expect(story.monitor.parts.journal.findRun(runId)?.state).toBe("superseded");
  const before = story.orders.length;
  await story.time.pass(5000);
  expect(story.orders.slice(before)).not.toContainEqual(startAgain);
});

describe("a term from elsewhere", () => {
  test("drops every unfinished run: what they were decided on was not the newest", async () => {
    using story = new TestMonitor(emptyJournal(), {
      answer: ({ kind }) => (kind === "start" ? silent : undefined),
    });
    await story.bringToLife();
    await story.time.pass(1500);
    const runId = story.record.takeoverRunId;
    story.connect();
    story.beat({ highestTerm: 9n, isHighestOfThisJournal: false });
    expect(story.record).toMatchObject({ term: 10n, takeoverRunId: "" });
    expect(story.monitor.parts.journal.findRun(runId)?.state).toBe("superseded");
    const before = starts(story).length;
    await story.time.pass(999);
    expect(starts(story)).toHaveLength(before);
  });

  test("is none when it is this journal's own and no higher: nothing is above it", async () => {
    let refusals = 0;
    using story = new TestMonitor(emptyJournal(), {
      answer: ({ kind, term }) => {
        if (kind === "stop" || (refusals += 1) > 1) return undefined;
        return { kind: "stale", highestTerm: term, highestJournalId: "journal-1" };
      },
    });
    await story.bringToLife();
    await story.time.pass(2000);
    expect(story.record).toMatchObject({ state: "dead", term: 2n, assignment: "backup" });
    expect(starts(story)).toEqual([startAgain, startAgain]);
  });
});

describe("a takeover that is finished", () => {
  const stopped = {
    name: "orders",
    protectedBy: "primary-1",
    activity: "STOPPED",
    term: 2n,
    isOverridden: false,
    digest: "d1",
  };
  const changed = (...channels: readonly ObservedChannel[]) => ({ target: "backup-1", channels });

  test("is watched: a channel that is missing from a snapshot does not run", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    await story.time.pass(1000);
    expect(starts(story)).toEqual([startAgain]);
    story.observe({ ...changed(), isSnapshot: false });
    await story.time.pass(1000);
    expect(starts(story)).toEqual([startAgain]);
    story.observe({ ...changed(), isSnapshot: true });
    await story.time.pass(1000);
    expect(starts(story)).toEqual([startAgain, startAgain]);
  });

  test("is watched by the next life of the monitor too", async () => {
    const journal = emptyJournal();
    const time = new TestTime();
    const first = new TestMonitor(journal, { time });
    await first.bringToLife();
    await time.pass(2000);
    const run = journal.findRun(first.record.takeoverRunId);
    expect(run?.state).toBe("finished");
    first[Symbol.dispose]();
    using second = new TestMonitor(journal, { time });
    await time.pass(2000);
    expect(second.orders).toEqual([]);
    second.observe({ ...changed(stopped), isSnapshot: true });
    await time.pass(1000);
    expect(second.orders).toEqual([startAgain]);
  });
});

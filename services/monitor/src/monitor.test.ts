// The loops of the monitor over the real cores and a journal in memory: what is stored before what
// is done, and what a restart finds again.

import { describe, expect, test } from "vitest";
import { TestMonitor } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { Journal, OrderAnswer } from "./ports.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const emptyJournal = () => openMemoryJournal(createMemoryDisk("journal-1"));

function journalThatMayBeFull(isFull: () => boolean): Journal {
  const memory = emptyJournal();
  return {
    ...memory,
    commit: (change) => {
      if (isFull()) throw new Error("disk full");
      memory.commit(change);
    },
  };
}

describe("a failover and back", () => {
  test("DEAD a threshold after the last good heartbeat, then the start order", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    await story.time.pass(999);
    expect(story.record.state).toBe("live");
    await story.time.pass(1);
    expect(story.signals()).toEqual(["LIVE 1", "DEAD 2"]);
    expect(story.orders.at(-1)).toEqual({ kind: "start", names: ["orders"], term: 2n });
  });

  test("the primary gets its lease back only after the backup has confirmed", async () => {
    let isBackupSilent = false;
    const silent: OrderAnswer = { kind: "failed", error: "no answer" };
    using story = new TestMonitor(emptyJournal(), {
      answer: () => (isBackupSilent ? silent : undefined),
    });
    await story.bringToLife();
    await story.time.pass(2000);
    isBackupSilent = true;
    story.connect();
    story.beat();
    story.beat();
    for (let round = 0; round < 50; round += 1) {
      await story.time.pass(100);
      expect(story.beat()).toMatchObject({ grant: "nothing" });
    }
    isBackupSilent = false;
    for (let round = 0; round < 12; round += 1) {
      story.beat();
      await story.time.pass(100);
    }
    expect(story.beat()).toMatchObject({ grant: "lease", term: 3n });
  });
});

describe("a failback that waits", () => {
  test("only the newest held run waits: the one before has nothing left to wait for", async () => {
    using story = new TestMonitor(emptyJournal(), {
      settings: { failback: { kind: "manual" } },
    });
    await story.bringToLife();
    await story.time.pass(2000);
    for (let round = 0; round < 3; round += 1) {
      if (round > 0) story.close();
      story.connect();
      story.beat();
      story.beat();
    }
    const { journal } = story.monitor.parts;
    const runs = journal.listRuns({ serverId: "", limit: 9, before: undefined });
    const states = runs.filter(({ run }) => run.signal === "LIVE").map(({ run }) => run.state);
    expect(states).toEqual(["held", "superseded", "superseded", "finished"]);
  });
});

describe("the journal comes first", () => {
  test("what cannot be stored is not done, and is tried again", async () => {
    let isFull = false;
    const journal = journalThatMayBeFull(() => isFull);
    using story = new TestMonitor(journal);
    await story.bringToLife();
    const before = story.orders.length;
    isFull = true;
    await story.time.pass(5000);
    expect(story.record).toMatchObject({ state: "live", term: 1n });
    expect(story.orders).toHaveLength(before);
    isFull = false;
    await story.time.pass(1000);
    expect(story.record).toMatchObject({ state: "dead", term: 2n });
    expect(story.orders.at(-1)).toMatchObject({ kind: "start", term: 2n });
  });

  test("a monitor killed before an answer orders again under the same term", async () => {
    const journal = emptyJournal();
    const time = new TestTime();
    const failed: OrderAnswer = { kind: "failed", error: "no answer" };
    const first = new TestMonitor(journal, {
      time,
      answer: ({ kind }) => (kind === "start" ? failed : undefined),
    });
    await first.bringToLife();
    await time.pass(1000);
    first[Symbol.dispose]();
    using second = new TestMonitor(journal, { time });
    // R5: no start order before a threshold has passed since its start.
    await time.pass(999);
    expect(second.orders).toEqual([]);
    await time.pass(1);
    expect(second.orders).toEqual([{ kind: "start", names: ["orders"], term: 2n }]);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("a monitor that starts again says nothing about a server that never stopped", async () => {
    const journal = emptyJournal();
    const time = new TestTime();
    const first = new TestMonitor(journal, { time });
    await first.bringToLife();
    first[Symbol.dispose]();
    using second = new TestMonitor(journal, { time });
    second.connect();
    second.beatHeld();
    expect(second.beatHeld()).toMatchObject({ grant: "lease", term: 1n });
    expect(second.signals()).toEqual(["LIVE 1"]);
  });

  test("a monitor that is slow to listen blames nobody for the time before", async () => {
    const journal = emptyJournal();
    const time = new TestTime();
    const first = new TestMonitor(journal, { time });
    await first.bringToLife();
    first[Symbol.dispose]();
    using second = new TestMonitor(journal, { time, beforeListeningMs: 90 });
    await time.pass(999);
    expect(second.signals()).toEqual(["LIVE 1"]);
    await time.pass(1);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("a server that died while no monitor ran is dead a threshold after the start", async () => {
    const journal = emptyJournal();
    const time = new TestTime();
    const first = new TestMonitor(journal, { time });
    await first.bringToLife();
    first[Symbol.dispose]();
    await time.pass(60_000);
    using second = new TestMonitor(journal, { time });
    await time.pass(999);
    expect(second.signals()).toEqual(["LIVE 1"]);
    await time.pass(1);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });
});

test("a confirmation that could not be stored is asked for again", async () => {
  let isFull = false;
  const journal = journalThatMayBeFull(() => isFull);
  using story = new TestMonitor(journal, {
    answer: ({ kind }) => {
      isFull = kind === "stop" && story.time.nowMs < 200;
      return undefined;
    },
  });
  story.connect();
  story.beat();
  story.beat();
  await story.time.pass(200);
  expect(story.record.assignment).toBe("nobody");
  isFull = false;
  await story.time.pass(700);
  expect(story.record.assignment).toBe("primary");
});

describe("stalls and blips", () => {
  test("a monitor that stood still for two thresholds blames nobody", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    story.time.stall(2000);
    await story.time.pass(0);
    story.beat({ lease: "ended", leaseTerm: 1n });
    story.beat({ lease: "ended", leaseTerm: 1n });
    await story.time.pass(500);
    expect(story.signals()).toEqual(["LIVE 1"]);
    expect(story.record.state).toBe("live");
  });

  test("a server that dies while the monitor stands still is still found dead", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    story.time.stall(2000);
    await story.time.pass(1000);
    expect(story.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("a lease that ended in a blip comes back under a new term, without a signal", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    await story.time.pass(100);
    story.beat({ lease: "ended", leaseTerm: 1n });
    await story.time.pass(100);
    expect(story.beat()).toMatchObject({ grant: "lease", term: 2n });
    expect(story.signals()).toEqual(["LIVE 1"]);
  });
});

describe("orders and what becomes of them", () => {
  test("no start goes to a backup that is not connected, and at once when it is back", async () => {
    let isConnected = false;
    using story = new TestMonitor(emptyJournal(), { isConnected: () => isConnected });
    await story.bringToLife();
    await story.time.pass(10_000);
    expect(story.orders.filter(({ kind }) => kind === "start")).toEqual([]);
    expect(story.record.cleanTargets).toEqual(["backup-1"]);
    isConnected = true;
    story.observe({ target: "backup-1", isSnapshot: true, channels: [] });
    await story.time.pass(0);
    expect(story.orders.at(-1)).toEqual({ kind: "start", names: ["orders"], term: 2n });
    expect(story.record.cleanTargets).toEqual([]);
  });

  test("a channel that stops on the backup is ordered again under the same term", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    await story.time.pass(1000);
    const before = story.orders.length;
    story.observe({
      target: "backup-1",
      isSnapshot: true,
      channels: [
        {
          name: "orders",
          protectedBy: "primary-1",
          activity: "STOPPED",
          term: 2n,
          isOverridden: false,
          digest: "d1",
        },
      ],
    });
    await story.time.pass(1000);
    expect(story.orders.slice(before)).toEqual([{ kind: "start", names: ["orders"], term: 2n }]);
  });

  test("a stale order makes the monitor go above, and is not given again", async () => {
    const stale: OrderAnswer = { kind: "stale", highestTerm: 9n, highestJournalId: "another" };
    using story = new TestMonitor(emptyJournal(), {
      answer: ({ kind, term }) => (kind === "start" && term < 9n ? stale : undefined),
    });
    await story.bringToLife();
    await story.time.pass(1000);
    expect(story.record).toMatchObject({ state: "waiting", term: 10n, assignment: "nobody" });
    const before = story.orders.length;
    await story.time.pass(999);
    expect(story.orders).toHaveLength(before);
    // The server is still silent: it is declared dead anew, under a term above.
    await story.time.pass(1);
    expect(story.record).toMatchObject({ state: "dead", term: 11n });
    expect(story.orders.at(-1)).toMatchObject({ kind: "start", term: 11n });
  });

  test("heartbeats of a replaced stream are not heard", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    story.connect();
    const old = story.server.streams.hear(1, {
      sequence: 99,
      acknowledged: 98,
      isChannelsAnswering: true,
      unfitBecause: "",
      lease: "none",
      override: undefined,
      leaseLeftMs: 0,
      leaseTerm: 0n,
      isLeaseOfThisJournal: true,
      highestTerm: 99n,
      isHighestOfThisJournal: true,
      areChannelsStopped: true,
      holder: "machine-1",
      host: "host-1",
    });
    expect(old).toBeUndefined();
    expect(story.record.term).toBe(1n);
  });

  test("a stream that learns its holder goes on", async () => {
    using story = new TestMonitor(emptyJournal());
    story.connect("");
    story.beat({ holder: "", isChannelsAnswering: false });
    expect(story.beat({ holder: "machine-1" })).toMatchObject({ state: "live" });
    expect(story.record.holder).toBe("machine-1");
  });

  test("a clone cannot push the original out", async () => {
    using story = new TestMonitor(emptyJournal());
    await story.bringToLife();
    expect(story.connect("machine-2")).toMatchObject({ reason: "OTHER_HOLDER" });
  });
});

test("mails of one incident share a thread, and their keys never repeat", async () => {
  const email = {
    kind: "email",
    to: ["ops@example.org"],
    cc: [],
    template: "signal",
  } as const;
  const flow = {
    startTargets: [],
    decision: "",
    cases: [],
    plan: () => ({ caseName: "any", steps: [email] }),
  };
  using story = new TestMonitor(emptyJournal(), { settings: { flow } });
  await story.bringToLife();
  await story.time.pass(1000);
  story.connect();
  story.beat();
  story.beat();
  await story.time.pass(0);
  const [first, dead, live] = story.mails;
  expect(story.mails).toHaveLength(3);
  expect(dead?.values).toMatchObject({ signal: "DEAD", term: "2" });
  expect(live?.thread).toBe(dead?.thread);
  expect(dead?.thread).not.toBe(first?.thread);
  expect(new Set(story.mails.map((mail) => mail.idempotencyKey)).size).toBe(3);
});

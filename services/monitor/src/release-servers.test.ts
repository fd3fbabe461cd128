// A monitor that stops in good order, and the next one on its journal (R9): what is durable before
// what, and what a crash at each step leaves.

import { describe, expect, test } from "vitest";
import { newHeard } from "./core/heard.ts";
import { newServerRecord } from "./core/server-record.ts";
import { sampleSettings } from "./core/story.fixture.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import { TestMonitor } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { Journal, JournalChange } from "./ports.ts";
import { createMemoryDisk, type MemoryDisk, openMemoryJournal } from "./store/memory.ts";

const overMs = 60_060;

/** A journal that keeps what was committed, and can be made to fail. */
function watchedJournal(disk: MemoryDisk) {
  const commits: JournalChange[] = [];
  const inner = openMemoryJournal(disk);
  const state = { isFull: false };
  const journal: Journal = {
    ...inner,
    commit: (change) => {
      if (state.isFull) throw new Error("disk full");
      inner.commit(change);
      commits.push(change);
    },
  };
  return { journal, commits, state };
}

/** One life of a monitor after another, on one disk and in one time. */
function lives(settings: Partial<ServerSettings> = {}, others: readonly ServerSettings[] = []) {
  const disk = createMemoryDisk("journal-1");
  const time = new TestTime();
  return {
    disk,
    time,
    begin: () => {
      const watched = watchedJournal(disk);
      const monitor = new TestMonitor(watched.journal, { time, settings, others });
      return { ...watched, monitor };
    },
  };
}

async function release(monitor: TestMonitor, time: TestTime): Promise<void> {
  const done = monitor.monitor.release();
  await time.pass(100);
  expect(monitor.renew(650)).toBe(60_000);
  await time.pass(100);
  monitor.renew(59_900);
  await time.pass(100);
  await done;
}

test("a release is durable before the first long lease is granted", async () => {
  const { time, begin } = lives();
  using first = begin().monitor;
  await first.bringToLife();
  expect(first.renew(700)).toBe(750);
  void first.monitor.release();
  expect(first.record.release).toMatchObject({ boundMs: 60_000, by: "backup-1" });
  expect(first.renew(700)).toBe(60_000);
  await time.pass(1);
});

test("what cannot be stored is granted to nobody, and the stop goes on", async () => {
  const { begin } = lives();
  const { monitor, state } = begin();
  using first = monitor;
  await first.bringToLife();
  state.isFull = true;
  await first.monitor.release();
  expect(first.renew(700)).toBe(750);
  expect(first.record.release).toBeUndefined();
});

test("a stop waits until the long lease is held, and no longer", async () => {
  const { time, begin } = lives();
  using first = begin().monitor;
  await first.bringToLife();
  const beganMs = time.nowMs;
  await release(first, time);
  expect(time.nowMs - beganMs).toBe(300);
});

test("a stop waits a lease for a server that is silent, and then releases it not", async () => {
  const { time, begin, disk } = lives();
  const { monitor, commits } = begin();
  using first = monitor;
  await first.bringToLife();
  let isDone = false;
  void first.monitor.release().then(() => (isDone = true));
  await time.pass(740);
  expect(isDone).toBe(false);
  await time.pass(60);
  expect(isDone).toBe(true);
  expect(disk.servers.get("primary-1")?.release).toBeUndefined();
  expect(commits.slice(-2).map(({ servers }) => servers[0]?.release?.boundMs)).toEqual([
    60_000,
    undefined,
  ]);
});

describe("hundreds of servers", () => {
  const others = Array.from({ length: 300 }, (_, index) =>
    sampleSettings({ serverId: `server-${index}` }),
  );

  function beginWithAll() {
    const story = lives({}, others);
    const live = {
      state: "live",
      assignment: "primary",
      holder: "m",
      host: "h",
      term: 1n,
    } as const;
    const servers = others.map(({ serverId }) => ({ ...newServerRecord(serverId, 0), ...live }));
    openMemoryJournal(story.disk).commit({ servers, signals: [], runs: [], history: [] });
    return { ...story, ...story.begin() };
  }

  function beatAll({ monitor }: TestMonitor, leaseLeftMs: number): number {
    let granted = 0;
    for (const { serverId } of others) {
      const server = monitor.servers.get(serverId);
      server?.streams.open({ serial: 1, lifeId: "l", holder: "m", replace: () => {} });
      for (const sequence of [1, 2]) {
        const held = { lease: "held", leaseLeftMs, leaseTerm: 1n } as const;
        const heard = { ...newHeard(), ...held, holder: "m", host: "h", highestTerm: 1n };
        const own = { isLeaseOfThisJournal: true, isHighestOfThisJournal: true };
        const round = { sequence, acknowledged: sequence - 1, isChannelsAnswering: true };
        const answer = server?.streams.hear(1, { ...heard, ...own, ...round });
        if (answer !== undefined && "leaseMs" in answer && answer.leaseMs > 0) granted += 1;
      }
    }
    return granted;
  }

  test("are released in one transaction", async () => {
    const { monitor, commits, time } = beginWithAll();
    using first = monitor;
    beatAll(first, 700);
    const before = commits.length;
    const done = first.monitor.release();
    expect(commits.slice(before).map(({ servers }) => servers.length)).toEqual([300]);
    expect(beatAll(first, 700)).toBe(300);
    expect(beatAll(first, 59_000)).toBe(300);
    await time.pass(100);
    await done;
    expect(commits).toHaveLength(before + 1);
  });

  test("that come back together cost one transaction, a while later", async () => {
    const { monitor, time, begin } = beginWithAll();
    beatAll(monitor, 700);
    void monitor.monitor.release();
    beatAll(monitor, 700);
    monitor[Symbol.dispose]();
    const next = begin();
    using second = next.monitor;
    expect(beatAll(second, 740)).toBe(300);
    expect(next.commits).toEqual([]);
    await time.pass(600);
    beatAll(second, 740);
    await time.pass(400);
    expect(next.commits.map(({ servers }) => servers.length)).toEqual([300]);
    expect(next.commits[0]?.servers.every((each) => each.release === undefined)).toBe(true);
  });
});

describe("the next monitor", () => {
  /** What is left of a first one that released the server, or was killed while it did. */
  async function left(ending: "stopped" | "killed_before_the_grant") {
    const story = lives();
    const { monitor } = story.begin();
    await monitor.bringToLife();
    if (ending === "stopped") await release(monitor, story.time);
    else void monitor.monitor.release();
    monitor[Symbol.dispose]();
    return story;
  }

  test.each(["stopped", "killed_before_the_grant"] as const)(
    "declares a server that died in between when the release is over (%s)",
    async (ending) => {
      const { time, begin } = await left(ending);
      using second = begin().monitor;
      await time.pass(overMs + 990);
      expect(second.signals()).toEqual(["LIVE 1"]);
      await time.pass(20);
      expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
      expect(second.orders.at(-1)).toMatchObject({ kind: "start", term: 2n });
    },
  );

  test("gives no signal, and an ordinary lease, to a server that is there", async () => {
    const { time, begin, disk } = await left("stopped");
    using second = begin().monitor;
    second.connect();
    second.renew(740);
    expect(second.renew(740)).toBe(750);
    await time.pass(600);
    second.renew(740);
    await time.pass(400);
    expect(second.signals()).toEqual(["LIVE 1"]);
    expect(disk.servers.get("primary-1")).toMatchObject({ state: "live", release: undefined });
    await time.pass(1000);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("waits for all of it when one heartbeat came, and its answer was lost", async () => {
    const { time, begin } = await left("stopped");
    using second = begin().monitor;
    second.connect();
    second.renew(55_000);
    expect(second.renew(55_000)).toBe(750);
    await time.pass(overMs);
    expect(second.signals()).toEqual(["LIVE 1"]);
    await time.pass(1100);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("lets no other machine in before the release is over", async () => {
    const { time, begin } = await left("stopped");
    using second = begin().monitor;
    await time.pass(5000);
    expect(second.connect("machine-2")?.reason).toBe("OTHER_HOLDER");
    await time.pass(overMs - 3900);
    expect(second.connect("machine-2")).toBeUndefined();
  });

  test("waits anew after a third start: only the last end of a release is sure", async () => {
    const { time, begin } = await left("stopped");
    const { monitor } = begin();
    await time.pass(30_000);
    await monitor.monitor.release();
    monitor[Symbol.dispose]();
    using third = begin().monitor;
    await time.pass(overMs + 900);
    expect(third.signals()).toEqual(["LIVE 1"]);
    await time.pass(110);
    expect(third.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });
});

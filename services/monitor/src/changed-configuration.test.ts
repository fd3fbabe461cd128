// What a monitor does whose configuration is not the one that its predecessor granted leases by,
// which was killed, or stopped without a release. The samples have a threshold of 1 s, a lease of
// 750 ms, a drift of 0.1 % and no margin.

import { describe, expect, test } from "vitest";
import type { ServerSettings } from "./core/server-settings.ts";
import { TestMonitor } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { Journal, JournalChange } from "./ports.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

/** One life of a monitor after another, each with a configuration of its own. */
function lives() {
  const disk = createMemoryDisk("journal-1");
  const time = new TestTime();
  const begin = (settings: Partial<ServerSettings>) => {
    const commits: JournalChange[] = [];
    const state = { isFull: false };
    const inner = openMemoryJournal(disk);
    const journal: Journal = {
      ...inner,
      commit: (change) => {
        if (state.isFull) throw new Error("disk full");
        inner.commit(change);
        commits.push(change);
      },
    };
    return { monitor: new TestMonitor(journal, { time, settings }), commits, state };
  };
  return { disk, time, begin };
}

const patient = { thresholdMs: 10_000, leaseMs: 7500 };
const quick = { thresholdMs: 1000, leaseMs: 750 };

/** A monitor of this configuration has granted a lease, and is killed. */
async function killedAfterGrant(settings: Partial<ServerSettings>) {
  const story = lives();
  using first = story.begin(settings).monitor;
  await first.bringToLife();
  expect(first.renew(10)).toBe(settings.leaseMs ?? 750);
  return story;
}

function isStarted({ orders }: TestMonitor): boolean {
  return orders.some(({ kind }) => kind === "start");
}

describe("after a threshold and a lease were made shorter", () => {
  test("the longer lease is waited out before DEAD and before any start", async () => {
    const { time, begin } = await killedAfterGrant(patient);
    using second = begin(quick).monitor;
    // 7500 ms and their drift, then a threshold.
    await time.pass(8507);
    expect(second.signals()).toEqual(["LIVE 1"]);
    await time.pass(10);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
    expect(isStarted(second)).toBe(true);
  });

  test("every further monitor waits anew, however short its configuration", async () => {
    const { time, begin } = await killedAfterGrant(patient);
    for (const settings of [quick, { thresholdMs: 500, leaseMs: 300 }]) {
      using between = begin(settings).monitor;
      await time.pass(700);
      expect(between.signals()).toEqual(["LIVE 1"]);
    }
    using last = begin(quick).monitor;
    await time.pass(8400);
    expect(last.signals()).toEqual(["LIVE 1"]);
  });

  test("another machine is kept out until then", async () => {
    const { time, begin } = await killedAfterGrant(patient);
    using second = begin(quick).monitor;
    await time.pass(8000);
    expect(second.connect("machine-2")?.reason).toBe("OTHER_HOLDER");
  });

  test("a server that shows an ordinary lease is watched as usual again, for good", async () => {
    const { time, begin, disk } = await killedAfterGrant(patient);
    using second = begin(quick).monitor;
    second.connect();
    second.renew(6000);
    expect(second.renew(6000)).toBe(750);
    second.renew(740);
    await time.pass(1100);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
    expect(disk.servers.get("primary-1")).toMatchObject({ longestLease: { leaseMs: 750 } });
  });

  test("the history says what is waited for", async () => {
    const { begin } = await killedAfterGrant(patient);
    const { monitor, commits } = begin(quick);
    using _second = monitor;
    expect(commits[0]?.history[0]?.text).toContain("a lease of 7.5 s of the earlier one");
  });
});

test.each<[string, Partial<ServerSettings>, Partial<ServerSettings>]>([
  ["clock drift", { clockDriftPercent: 10 }, { clockDriftPercent: 0 }],
  ["lease margin", { leaseMarginMs: 200 }, { leaseMarginMs: 0 }],
])("a %s that was thought larger still counts for what it was granted by", async (_, was, is) => {
  const { time, begin } = await killedAfterGrant({ ...quick, ...was });
  using second = begin({ thresholdMs: 760, leaseMs: 750, ...is }).monitor;
  await time.pass(1500);
  expect(second.signals()).toEqual(["LIVE 1"]);
  await time.pass(300);
  expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
});

describe("a lease that was made longer", () => {
  test("is durable before it is granted", async () => {
    const { begin, disk } = await killedAfterGrant(quick);
    const { monitor, state } = begin(patient);
    using second = monitor;
    expect(disk.servers.get("primary-1")?.longestLease?.leaseMs).toBe(7500);
    state.isFull = true;
    second.connect();
    second.renew(10);
    expect(second.renew(10)).toBe(7500);
  });

  test("is not granted while that cannot be stored", async () => {
    const { disk, time } = await killedAfterGrant(quick);
    const before = openMemoryJournal(disk).commit;
    const full = { isFull: true };
    const journal: Journal = {
      ...openMemoryJournal(disk),
      commit: (change) => {
        if (full.isFull) throw new Error("disk full");
        before(change);
      },
    };
    using second = new TestMonitor(journal, { time, settings: patient });
    second.connect();
    second.renew(10);
    expect(second.renew(10)).toBe(0);
    expect(disk.servers.get("primary-1")?.longestLease?.leaseMs).toBe(750);
    full.isFull = false;
    expect(second.renew(10)).toBe(7500);
    expect(disk.servers.get("primary-1")?.longestLease?.leaseMs).toBe(7500);
  });
});

test("an unchanged configuration costs no commit at a start", async () => {
  const { begin } = await killedAfterGrant(quick);
  const { monitor, commits } = begin(quick);
  using second = monitor;
  second.connect();
  second.renew(10);
  expect(second.renew(10)).toBe(750);
  expect(commits).toEqual([]);
});

describe("a server that was live without protection, and shall have a lease now", () => {
  async function switched() {
    const story = lives();
    using first = story.begin({ protection: "none" }).monitor;
    first.connect();
    first.beat();
    first.beat();
    expect(first.signals()).toEqual(["LIVE 1"]);
    return story;
  }

  test("is declared dead by no time: nothing tells that its channels have stopped", async () => {
    const { time, begin } = await switched();
    using second = begin({}).monitor;
    await time.pass(3_600_000);
    expect(second.signals()).toEqual(["LIVE 1"]);
    expect(isStarted(second)).toBe(false);
  });

  test("is watched as usual once it has held a lease", async () => {
    const { time, begin } = await switched();
    using second = begin({}).monitor;
    await second.bringToLife();
    second.renew(700);
    await time.pass(1100);
    expect(second.signals()).toEqual(["LIVE 1", "DEAD 3"]);
  });

  test("is not declared dead for holding no lease: it may know of none", async () => {
    const { time, begin } = await switched();
    using second = begin({}).monitor;
    second.connect();
    for (let count = 0; count < 30; count += 1) {
      second.beat();
      await time.pass(200);
    }
    expect(second.signals()).toEqual(["LIVE 1"]);
  });

  test("lets another machine in after a threshold, as after a reboot", async () => {
    const { time, begin } = await switched();
    using second = begin({}).monitor;
    await time.pass(1100);
    expect(second.connect("machine-2")).toBeUndefined();
  });

  test("may close", async () => {
    const { begin } = await switched();
    using second = begin({}).monitor;
    second.connect();
    second.beat();
    second.beat();
    second.close();
    expect(second.signals()).toContain("CLOSE 2");
    expect(second.record.isUnleased).toBe(false);
  });

  test("can be dead again when it is without protection after all", async () => {
    const { time, begin } = await switched();
    {
      using _second = begin({}).monitor;
    }
    using third = begin({ protection: "none" }).monitor;
    // The monitor in between could have granted a lease.
    await time.pass(1800);
    expect(third.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });
});

test("a lease that is out is waited for by a monitor that gives no protection", async () => {
  const { time, begin } = await killedAfterGrant(patient);
  using second = begin({ thresholdMs: 1000, protection: "none" }).monitor;
  await time.pass(8400);
  expect(second.signals()).toEqual(["LIVE 1"]);
  await time.pass(200);
  expect(second.signals()).toEqual(["LIVE 1", "DEAD 2"]);
});

// The declared restore (R7) on real journals: a copy that is put back, and an empty one (hazards 6
// and 22).

import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anna, sampleSettings } from "./core/story.fixture.ts";
import { TestMonitor } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { OrderAnswer } from "./ports.ts";
import { restoredJournal } from "./restored-journal.ts";
import { openSqliteJournal, restoreSqliteJournal } from "./store/sqlite.ts";

const overMs = 60_060;

let folder: string;
let file: string;
let copy: string;
let time: TestTime;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-restore-"));
  file = join(folder, "journal.db");
  copy = join(folder, "copy.db");
  time = new TestTime();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A monitor works on the journal; then the file is copied as it is without one. */
async function monitorOnce(work: (monitor: TestMonitor) => Promise<void>): Promise<void> {
  {
    using journal = openSqliteJournal(file);
    using monitor = new TestMonitor(journal, { time });
    await work(monitor);
  }
  copyFileSync(file, copy);
}

function restore() {
  return restoreSqliteJournal(copy, (content) =>
    restoredJournal(content, { servers: [sampleSettings()], actor: anna, wallMs: 5 }),
  );
}

const running: OrderAnswer = { kind: "failed", error: "orders is STARTED" };

describe("a copy that says that the primary has its channels, while the backup runs them", () => {
  beforeEach(() => monitorOnce((monitor) => monitor.bringToLife()));

  test("gives the primary no lease before every target has said that it is stopped", async () => {
    restore();
    using journal = openSqliteJournal(copy);
    let answer: OrderAnswer | undefined = running;
    using monitor = new TestMonitor(journal, { time, answer: () => answer });
    monitor.connect();
    for (let waitedMs = 0; waitedMs < overMs + 3000; waitedMs += 500) {
      expect(monitor.beat()).not.toMatchObject({ grant: "lease" });
      await time.pass(500);
    }
    expect(monitor.record).toMatchObject({ state: "live", assignment: "nobody", cleanTargets: [] });
    answer = undefined;
    for (let waitedMs = 0; waitedMs < 6000; waitedMs += 500) {
      monitor.beat();
      await time.pass(500);
    }
    expect(monitor.beat()).toMatchObject({ grant: "lease", leaseMs: 750 });
  });

  test("lets a machine without a lease wait for what the lost journal may have left", async () => {
    restore();
    using journal = openSqliteJournal(copy);
    using monitor = new TestMonitor(journal, { time });
    const beganMs = time.nowMs;
    monitor.connect("machine-2");
    while (time.nowMs - beganMs < overMs + 900) {
      expect(monitor.beat({ holder: "machine-2" })).not.toMatchObject({ grant: "lease" });
      await time.pass(500);
    }
    monitor.beat({ holder: "machine-2" });
    await time.pass(500);
    expect(monitor.beat({ holder: "machine-2" })).toMatchObject({ grant: "lease" });
  });

  test("declares a silent server only when whatever was granted is over", async () => {
    restore();
    using journal = openSqliteJournal(copy);
    using monitor = new TestMonitor(journal, { time });
    await time.pass(overMs + 900);
    expect(monitor.signals()).toEqual(["LIVE 1"]);
    await time.pass(200);
    expect(monitor.signals()).toEqual(["LIVE 1", "DEAD 3"]);
  });

  test("has another id afterwards, and who did it and why in its history", () => {
    const { before, after } = restore();
    using journal = openSqliteJournal(copy);
    expect(journal.journalId).toBe(after);
    expect(after).not.toBe(before);
    const [line] = journal.listHistory("primary-1", 1);
    expect(line).toMatchObject({ text: expect.stringMatching(/restored/), actor: anna, term: 2n });
  });
});

test("maintenance of a copy has ended: it would keep a dead server undeclared", async () => {
  await monitorOnce(async (monitor) => {
    await monitor.bringToLife();
    const maintenance = { owner: "anna", reason: "disk", sinceWallMs: 0, untilWallMs: undefined };
    monitor.server.take({
      kind: "maintenance_set",
      maintenance,
      untilMs: undefined,
      nowMs: time.nowMs,
      wallMs: 0,
    });
  });
  restore();
  using journal = openSqliteJournal(copy);
  expect(journal.load().servers[0]?.maintenance).toBeUndefined();
  expect(journal.listHistory("primary-1", 1)[0]?.text).toMatch(/maintenance was on/);
});

test("a copy with an unfinished run never orders what that run would have ordered", async () => {
  await monitorOnce(async (monitor) => {
    await monitor.bringToLife();
    await time.pass(1100);
    expect(monitor.record.assignment).toBe("backup");
  });
  restore();
  using journal = openSqliteJournal(copy);
  using monitor = new TestMonitor(journal, { time });
  await time.pass(overMs + 900);
  expect(monitor.orders).toEqual([]);
  expect(monitor.mails).toEqual([]);
  const states = journal.load().runs.map(({ state }) => state);
  expect(states).not.toContain("running");
});

test("an empty journal that is declared is waited for like any other", async () => {
  restore();
  using journal = openSqliteJournal(copy);
  using monitor = new TestMonitor(journal, { time });
  expect(monitor.record).toMatchObject({ state: "waiting", assignment: "nobody", holder: "" });
  await time.pass(overMs + 900);
  expect(monitor.orders).toEqual([]);
  await time.pass(200);
  expect(monitor.signals()).toEqual(["DEAD 2"]);
});

test("a journal that a monitor has open is not restored", async () => {
  await monitorOnce((monitor) => monitor.bringToLife());
  using journal = openSqliteJournal(copy);
  expect(() => restore()).toThrow(/another process is using it/);
  expect(journal.load().servers[0]?.release).toBeUndefined();
});

test("a server that configuration names no more is trusted as little", async () => {
  await monitorOnce((monitor) => monitor.bringToLife());
  restoreSqliteJournal(copy, (content) =>
    restoredJournal(content, {
      servers: [sampleSettings({ serverId: "primary-2" })],
      actor: anna,
      wallMs: 5,
    }),
  );
  using journal = openSqliteJournal(copy);
  const record = journal.load().servers.find(({ serverId }) => serverId === "primary-1");
  expect(record).toMatchObject({ state: "waiting", assignment: "nobody", cleanTargets: [] });
  expect(record?.release).toMatchObject({ boundMs: 60_000, lastsMs: overMs, holder: "" });
});

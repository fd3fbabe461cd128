// What only the journal on disk must do: survive a kill, tell damage, keep others out.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "@hot-backup/kit/sqlite.ts";
import { newServerRecord } from "../core/server-record.ts";
import { copyMemoryDisk, createMemoryDisk, openMemoryJournal } from "./memory.ts";
import { migrations } from "./migrations.ts";
import { noChange, numberedChange, sampleDrill, sampleServer } from "./sample-records.fixture.ts";
import { openSqliteJournal } from "./sqlite.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-journal-"));
  file = join(folder, "journal.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const versionOne = new URL("journal-version-1.fixture.sql", import.meta.url);
const commitLoop = fileURLToPath(new URL("commit-loop.fixture.ts", import.meta.url));

/**
 * Commits in a process of its own and kills it after `commits`. Resolves to the last number it
 * told.
 */
async function killWhileCommitting(commits: number): Promise<bigint> {
  const child = spawn("node", [commitLoop, file], { stdio: ["ignore", "pipe", "inherit"] });
  let told = 0n;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    told = BigInt(line);
    lines += 1;
    if (lines === commits) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return told;
}

test("a journal killed while it commits has the last commit whole, and no half one", async () => {
  for (const commits of [1, 40, 97, 250]) {
    const told = await killWhileCommitting(commits);
    using journal = openSqliteJournal(file);
    const { servers, runs, lastSignalId } = journal.load();
    // The kill can fall between a commit and its number on standard output.
    expect([told, told + 1n]).toContain(lastSignalId);
    const last = numberedChange(lastSignalId);
    expect(servers).toEqual(last.servers);
    expect(runs).toEqual(last.runs);
    expect(journal.listHistory("primary-1", 1)).toEqual(last.history);
    expect(journal.listSignalsAfter(0n, { serverId: "", limit: 10_000 })).toHaveLength(
      Number(lastSignalId),
    );
  }
}, 30_000);

test.each([
  ["servers", "UPDATE servers SET rest = '{'", 'table servers, row "primary-1"'],
  ["servers", "UPDATE servers SET rest = json_remove(rest, '$.hold')", "hold"],
  ["servers", "UPDATE servers SET state = 'dying'", "state"],
  ["servers", "UPDATE servers SET term = -1", "term"],
  ["signals", "UPDATE signals SET rest = 'null'", 'table signals, row "1"'],
  ["runs", "UPDATE runs SET rest = json_set(rest, '$.steps[1].step.kind', 'x')", "steps[1]"],
  ["drills", "UPDATE drills SET state = 'dozing'", 'table drills, row "d1"'],
  ["history", "UPDATE history SET rest = '[]'", 'table history, row "1"'],
  ["journal", "UPDATE journal SET journal_id = ''", "table journal"],
])("a damaged row of %s is told by table and row: %s", (_table, damage, told) => {
  openSqliteJournal(file)[Symbol.dispose]();
  {
    using journal = openSqliteJournal(file);
    journal.commit(numberedChange(1n));
    journal.saveDrill(sampleDrill("d1"), []);
  }
  const raw = new DatabaseSync(file);
  raw.exec(damage);
  raw.close();
  const readAll = () => {
    using journal = openSqliteJournal(file);
    journal.load();
    journal.listSignals({ serverId: "", limit: 1, before: undefined });
    journal.listHistory("primary-1", 1);
    journal.listDrills({ serverId: "", limit: 1, before: undefined });
  };
  expect(readAll).toThrow("Cannot read the journal");
  expect(readAll).toThrow(told);
});

test("a journal of version 1 is brought up: no release, no death, all else as it was", () => {
  {
    using raw = new DatabaseSync(file);
    raw.exec(readFileSync(versionOne, "utf8"));
  }
  using journal = openSqliteJournal(file);
  const { servers, runs, lastSignalId } = journal.load();
  const runId = "primary-1/8/signal";
  const unheld = newServerRecord("primary-3", 1_760_000_000_000);
  const held = sampleServer({
    term: 8n,
    state: "live",
    takeoverRunId: runId,
    hold: { until: "stable", delayMs: 1500.5, deaths: 0 },
    release: undefined,
    longestLease: undefined,
    isUnleased: false,
    recentDeaths: 0,
  });
  const assigned = { state: "live", assignment: "primary", term: 9n, holder: "boot/8/42" } as const;
  const second = { ...unheld, ...assigned, serverId: "primary-2", hold: { until: "operator" } };
  expect(servers).toEqual([held, second, unheld]);
  expect(runs).toMatchObject([{ runId, state: "held", term: 8n, heldBecause: "" }]);
  expect(lastSignalId).toBe(1n);
  expect(journal.listHistory("primary-1", 1)).toMatchObject([{ text: "commit 1", term: 8n }]);
  expect(journal.listHistory("primary-1", 1)).toMatchObject([{ evidence: "", refusal: "" }]);
  expect(journal.listSignalsAfter(0n, { serverId: "", limit: 9 })).toMatchObject([
    { runId, facts: undefined, rule: undefined, actor: undefined },
  ]);
});

// It knows nothing of releases, and would take a server for dead that still holds one.
test("a journal of this version is refused to the one before, which knows no release", () => {
  openSqliteJournal(file)[Symbol.dispose]();
  expect(() => openDatabase(file, migrations.slice(0, 1))).toThrow(
    expect.objectContaining({
      reason: "STORE_TOO_NEW",
      message: `Cannot open the store ${file}: a newer version of the product wrote it`,
    }),
  );
});

test("a row of version 1 that is damaged is still told by table and row", () => {
  {
    using raw = new DatabaseSync(file);
    raw.exec(readFileSync(versionOne, "utf8"));
    raw.exec("UPDATE servers SET rest = '{' WHERE server_id = 'primary-2'");
  }
  using journal = openSqliteJournal(file);
  expect(() => journal.load()).toThrow('Cannot read the journal, table servers, row "primary-2"');
});

test("two journals have two ids", () => {
  using a = openSqliteJournal(file);
  using b = openSqliteJournal(join(folder, "other.db"));
  expect(a.journalId).not.toBe(b.journalId);
});

test("a journal that is open cannot be opened a second time", () => {
  using journal = openSqliteJournal(file);
  expect(() => openSqliteJournal(file)).toThrow("another process is using it");
  expect(journal.load().lastSignalId).toBe(0n);
});

test("a term beyond 64 bits is refused, and nothing of its commit is stored", () => {
  using journal = openSqliteJournal(file);
  const tooHigh = sampleServer({ serverId: "z", term: 2n ** 63n });
  expect(() => journal.commit({ ...noChange, servers: [sampleServer(), tooHigh] })).toThrow(
    "too large",
  );
  expect(journal.load().servers).toEqual([]);
});

test("a copy of a memory disk keeps what it had when later commits change the original", () => {
  const disk = createMemoryDisk("3f0c8a1e-0000-4000-8000-000000000001");
  const journal = openMemoryJournal(disk);
  journal.commit(numberedChange(1n));
  const copy = copyMemoryDisk(disk);
  journal.commit(numberedChange(2n));
  const old = openMemoryJournal(copy);
  expect(old.load().servers).toEqual(numberedChange(1n).servers);
  expect(old.load().lastSignalId).toBe(1n);
  expect(journal.load().lastSignalId).toBe(2n);
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "./sqlite.ts";

const migrations = ["CREATE TABLE rows (value INTEGER) STRICT"];

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-sqlite-"));
  file = join(folder, "data", "store.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const add = (database: Database, value: number | bigint) =>
  database.prepare("INSERT INTO rows VALUES (?)").run(value);

const values = (database: Database) =>
  database
    .prepare("SELECT value FROM rows ORDER BY value")
    .all()
    .map((row) => row["value"]);

test("a transaction that returns is kept, in a folder that is made for it", () => {
  {
    using database = openDatabase(file, migrations);
    expect(database.transact(() => add(database, 1).changes)).toBe(1n);
  }
  using database = openDatabase(file, migrations);
  expect(values(database)).toEqual([1n]);
});

test("a transaction that throws leaves nothing, and the store goes on", () => {
  using database = openDatabase(file, migrations);
  const work = () => {
    add(database, 1);
    throw new Error("a bug");
  };
  expect(() => database.transact(work)).toThrow("a bug");
  expect(values(database)).toEqual([]);
  database.transact(() => add(database, 2));
  expect(values(database)).toEqual([2n]);
});

test("a transaction inside another is a bug that leaves nothing of either", () => {
  using database = openDatabase(file, migrations);
  const outer = () => {
    add(database, 1);
    database.transact(() => add(database, 2));
  };
  expect(() => database.transact(outer)).toThrow(/within a transaction/);
  expect(values(database)).toEqual([]);
});

test("commits reach the disk before they return", () => {
  using database = openDatabase(file, migrations);
  // 2 is FULL. Source: sqlite.org/pragma.html#pragma_synchronous
  expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2n });
  expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
});

test("numbers beyond 2^53 come back whole", () => {
  using database = openDatabase(file, migrations);
  add(database, 2n ** 63n - 1n);
  expect(values(database)).toEqual([2n ** 63n - 1n]);
});

test("a new version brings an older store up without losing anything", () => {
  {
    using database = openDatabase(file, migrations);
    add(database, 1);
  }
  const newer = [...migrations, "ALTER TABLE rows ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"];
  using database = openDatabase(file, newer);
  expect(database.prepare("SELECT * FROM rows").all()).toEqual([{ value: 1n, note: "none" }]);
});

test("a migration that fails leaves the store as it was", () => {
  openDatabase(file, migrations)[Symbol.dispose]();
  const broken = [...migrations, "CREATE TABLE more (value INTEGER) STRICT; DROP TABLE nobody"];
  expect(() => openDatabase(file, broken)).toThrow(/no such table/);
  using database = openDatabase(file, migrations);
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  expect(tables).toEqual([{ name: "rows" }]);
});

test("a store of a newer version is refused every time, and not touched", () => {
  openDatabase(file, [...migrations, "CREATE TABLE more (value INTEGER) STRICT"])[Symbol.dispose]();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(() => openDatabase(file, migrations)).toThrow(
      expect.objectContaining({ reason: "STORE_TOO_NEW", message: expect.stringContaining(file) }),
    );
  }
});

test("a store that is open is refused to a second one, until it is closed", () => {
  const first = openDatabase(file, migrations);
  expect(() => openDatabase(file, migrations)).toThrow(
    expect.objectContaining({ reason: "STORE_IN_USE", message: expect.stringContaining(file) }),
  );
  first[Symbol.dispose]();
  openDatabase(file, migrations)[Symbol.dispose]();
});

test("a file that is no store is refused for what it is", () => {
  const text = join(folder, "text.db");
  writeFileSync(text, "not a database, however long this text may be".repeat(100));
  expect(() => openDatabase(text, migrations)).toThrow(/file is not a database/);
  expect(() => openDatabase(folder, migrations)).toThrow(/unable to open database file/);
});

test("a killed process frees its store, and no commit that returned is lost", async () => {
  const holder = startHolder();
  try {
    const said = await firstLines(holder, 20);
    expect(() => openDatabase(file, migrations)).toThrow(
      expect.objectContaining({ reason: "STORE_IN_USE" }),
    );
    const exited = once(holder, "exit");
    holder.kill("SIGKILL");
    await exited;
    using database = openDatabase(file, migrations);
    expect(values(database)).toEqual(expect.arrayContaining(said.map(BigInt)));
  } finally {
    holder.kill("SIGKILL");
  }
});

function startHolder(): ChildProcess {
  const script = join(import.meta.dirname, "lock-holder.fixture.ts");
  return spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] });
}

async function firstLines(child: ChildProcess, count: number): Promise<string[]> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const lines = text.split("\n").slice(0, -1);
    if (lines.length >= count) return lines;
  }
  throw new Error(`Ended after "${text}"`);
}

test("what is no store is refused by name, and left as it is", () => {
  mkdirSync(join(folder, "data"));
  writeFileSync(file, "server: primary-1\n".repeat(1000));
  expect(() => openDatabase(file, migrations)).toThrow(
    expect.objectContaining({
      reason: "STORE_DAMAGED",
      message: `Cannot use the store ${file}: it is damaged: file is not a database`,
    }),
  );
  expect(readFileSync(file, "utf8")).toContain("primary-1");
});

test("a store without its tables is refused by name when they are asked for", () => {
  using database = openDatabase(file, migrations);
  expect(() => database.prepare("SELECT * FROM others")).toThrow(
    expect.objectContaining({ reason: "STORE_DAMAGED", message: expect.stringContaining(file) }),
  );
});

test("a store that can only be read is refused when it is opened", () => {
  openDatabase(file, migrations)[Symbol.dispose]();
  const bytes = readFileSync(file);
  // The version that writers must know, higher than any. Source: sqlite.org/fileformat.html
  bytes.writeUInt8(9, 18);
  writeFileSync(file, bytes);
  expect(() => openDatabase(file, migrations)).toThrow(
    expect.objectContaining({ reason: "STORE_UNUSABLE", message: expect.stringContaining(file) }),
  );
});

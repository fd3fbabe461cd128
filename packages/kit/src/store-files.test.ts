import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "./sqlite.ts";

const migrations = ["CREATE TABLE rows (value INTEGER) STRICT"];

let folder: string;
let file: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-store-files-"));
  file = join(folder, "store.db");
  database = openDatabase(file, migrations);
});

afterEach(() => {
  database[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const insert = () => database.prepare("INSERT INTO rows VALUES (1)").run();
const count = () => database.prepare("SELECT count(*) AS count FROM rows").get()?.["count"];

test.each(["", "-wal", "-shm"])("nothing is stored once store.db%s is deleted", (ending) => {
  database.transact(insert);
  rmSync(`${file}${ending}`);
  const refusal = expect.objectContaining({
    reason: "STORE_REPLACED",
    message: expect.stringContaining(`${file}${ending} was deleted, moved or replaced`),
  });
  expect(() => database.transact(insert)).toThrow(refusal);
  expect(insert).toThrow(refusal);
  expect(count()).toBe(1n);
});

test("nothing is stored in a store whose place another file has taken", () => {
  renameSync(file, `${file}.away`);
  writeFileSync(file, "");
  expect(() => database.transact(insert)).toThrow(/deleted, moved or replaced/);
});

test("a store that is put back where it was is written to again", () => {
  renameSync(file, `${file}.away`);
  expect(insert).toThrow(/deleted, moved or replaced/);
  renameSync(`${file}.away`, file);
  database.transact(insert);
  expect(count()).toBe(1n);
});

test("a deleted lock file is taken anew, so that a second process stays out", () => {
  rmSync(`${file}.lock`);
  database.transact(insert);
  expect(() => openDatabase(file, migrations)).toThrow(/another process is using it/);
  database.transact(insert);
  expect(count()).toBe(2n);
});

test("whoever lost the lock to a second process stores nothing more", () => {
  rmSync(`${file}.lock`);
  const second = openDatabase(file, migrations);
  expect(() => database.transact(insert)).toThrow(/another process is using it/);
  second[Symbol.dispose]();
  database.transact(insert);
  expect(count()).toBe(1n);
});

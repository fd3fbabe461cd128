// The one place that opens SQLite files: durable settings, migrations, and a lock that keeps a
// second process out. A commit returns only when it is on disk (WAL, synchronous FULL).

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { Failure } from "./errors.ts";

export type { SQLInputValue, SQLOutputValue };

/**
 * How long a commit may wait for another reader of the file. The event loop stands still meanwhile.
 */
const busyTimeoutMs = 250;

/** An open store. */
export interface Database extends Disposable {
  /** Absolute or relative path, as it was given. */
  readonly file: string;
  /** Compiles a statement. The caller keeps it. 64-bit integers come back as bigint. */
  prepare(sql: string): Statement;
  /**
   * Runs `work` in one transaction: all of it is durable when this returns, or nothing is when it
   * throws.
   */
  transact<T>(work: () => T): T;
}

/** A compiled statement. */
export interface Statement {
  run(...values: SQLInputValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: SQLInputValue[]): Record<string, SQLOutputValue> | undefined;
  all(...values: SQLInputValue[]): Record<string, SQLOutputValue>[];
}

/**
 * Opens or creates a store. Each migration is SQL that brings the schema one version up; the file
 * remembers how many were done. Throws a Failure: STORE_IN_USE when another process has it,
 * STORE_TOO_NEW when a newer version of the product wrote it.
 */
export function openDatabase(file: string, migrations: readonly string[]): Database {
  mkdirSync(dirname(file), { recursive: true });
  using opened = new DisposableStack();
  opened.adopt(openLock(file), (each) => each.close());
  const store = new DatabaseSync(file, { timeout: busyTimeoutMs });
  const database = opened.adopt(store, (each) => each.close());
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  const transact = <T>(work: () => T): T => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  };
  migrate(database, { file, migrations, transact });
  // What fails above leaves nothing open; from here on the caller closes.
  const kept = opened.move();
  return {
    file,
    transact,
    prepare: (sql) => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return statement;
    },
    [Symbol.dispose]: () => kept.dispose(),
  };
}

// A lock file beside the store, held by an open transaction: the kernel frees it when the process
// dies, and the store itself stays readable for backups and for the curious.
function openLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;");
    return lock;
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new Failure("refused", {
      message: `Cannot open the store ${file}: another process is using it`,
      reason: "STORE_IN_USE",
      cause: error,
    });
  }
}

// SQLITE_BUSY. Source: sqlite.org/rescode.html#busy
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}

function migrate(
  database: DatabaseSync,
  options: { file: string; migrations: readonly string[]; transact<T>(work: () => T): T },
): void {
  const done = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (done > options.migrations.length) {
    throw new Failure("refused", {
      message: `Cannot open the store ${options.file}: a newer version of the product wrote it`,
      reason: "STORE_TOO_NEW",
    });
  }
  for (const [index, sql] of options.migrations.entries()) {
    if (index < done) continue;
    options.transact(() => database.exec(`${sql}; PRAGMA user_version = ${index + 1};`));
  }
}

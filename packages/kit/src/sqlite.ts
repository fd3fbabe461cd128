// The one place that opens SQLite files: durable settings, migrations, and a lock that keeps a
// second process out. A commit returns only when it is on disk (WAL, synchronous FULL).

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { Failure } from "./errors.ts";
import { placeOf, watchStoreFiles } from "./store-files.ts";

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
 * STORE_TOO_NEW when a newer version of the product wrote it, STORE_DAMAGED when it is no store of
 * ours or broken, STORE_UNUSABLE when it cannot be opened at all. Using it throws STORE_DAMAGED
 * too, when a broken part is met later, and writing to it STORE_REPLACED, when somebody has taken
 * its files away.
 */
export function openDatabase(file: string, migrations: readonly string[]): Database {
  try {
    return open(file, migrations);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw isDamage(error) ? damaged(file, error) : unusable(file, error);
  }
}

function open(file: string, migrations: readonly string[]): Database {
  mkdirSync(dirname(file), { recursive: true });
  using opened = new DisposableStack();
  const lock = opened.use(holdLock(file));
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
  // A store that can only be read is refused now, and not when the first decision is to be kept.
  database.exec("BEGIN; PRAGMA user_version = 0; ROLLBACK;");
  const checkFiles = watchStoreFiles(file);
  const checkWrite = () => {
    if (database.isTransaction) return;
    checkFiles();
    lock.renew();
  };
  // What fails above leaves nothing open; from here on the caller closes.
  const kept = opened.move();
  return {
    file,
    transact: (work) => {
      checkWrite();
      return tellDamage(file, () => transact(work));
    },
    prepare: (sql) => {
      const statement = tellDamage(file, () => database.prepare(sql), isSqlError);
      statement.setReadBigInts(true);
      return {
        run: (...values) => {
          checkWrite();
          return tellDamage(file, () => statement.run(...values));
        },
        get: (...values) => tellDamage(file, () => statement.get(...values)),
        all: (...values) => tellDamage(file, () => statement.all(...values)),
      };
    },
    [Symbol.dispose]: () => kept.dispose(),
  };
}

// The lock for as long as the store is open. Whoever deletes the lock file lets a second process
// in: it is taken anew, and STORE_IN_USE thrown where that process has it.
function holdLock(file: string): Disposable & { renew(): void } {
  let lock = openLock(file);
  let place = placeOf(lockFileOf(file));
  return {
    renew: () => {
      if (placeOf(lockFileOf(file)) === place) return;
      const renewed = openLock(file);
      lock.close();
      lock = renewed;
      place = placeOf(lockFileOf(file));
    },
    [Symbol.dispose]: () => lock.close(),
  };
}

// A lock file beside the store, held by an open transaction: the kernel frees it when the process
// dies, and the store itself stays readable for backups and for the curious.
function openLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(lockFileOf(file), { timeout: 0 });
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

function lockFileOf(file: string): string {
  return `${file}.lock`;
}

// Source of all result codes: sqlite.org/rescode.html. The lowest byte is the kind.
function hasCode(error: unknown, codes: readonly number[]): boolean {
  if (!(error instanceof Error) || !("errcode" in error)) return false;
  return typeof error.errcode === "number" && codes.includes(error.errcode & 0xff);
}

// SQLITE_BUSY
function isBusy(error: unknown): boolean {
  return hasCode(error, [5]);
}

// SQLITE_CORRUPT and SQLITE_NOTADB
function isDamage(error: unknown): boolean {
  return hasCode(error, [11, 26]);
}

// SQLITE_ERROR: our own statements fit our own tables, and this one does not.
function isSqlError(error: unknown): boolean {
  return hasCode(error, [1]) || isDamage(error);
}

function tellDamage<T>(file: string, work: () => T, isMeant = isDamage): T {
  try {
    return work();
  } catch (error) {
    throw isMeant(error) ? damaged(file, error) : error;
  }
}

function damaged(file: string, cause: unknown): Failure {
  return new Failure("internal", {
    message: `Cannot use the store ${file}: it is damaged: ${describe(cause)}`,
    reason: "STORE_DAMAGED",
    cause,
  });
}

function unusable(file: string, cause: unknown): Failure {
  return new Failure("unavailable", {
    message: `Cannot open the store ${file}: ${describe(cause)}`,
    reason: "STORE_UNUSABLE",
    cause,
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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

// The journal in a SQLite file: what commit() returned from survives a kill at any instruction. It
// decides nothing.

import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@hot-backup/kit/sqlite.ts";
import type { Journal, JournalChange, JournalContent, JournalLists } from "../ports.ts";
import { prepareDrills } from "./sqlite-drills.ts";
import { prepareReadiness } from "./sqlite-readiness.ts";
import { migrations } from "./migrations.ts";
import { assertNextSignals } from "./next-signals.ts";
import { defaultRetention, type Retention } from "./retention.ts";
import {
  history,
  readJournalId,
  readMaximum,
  readPosition,
  runs,
  servers,
  signals,
} from "./rows.ts";

/** Above every id and position: SQLite's largest integer. Stands for "from the newest". */
const newest = 2n ** 63n - 1n;

/**
 * Opens or creates the journal in `file`. Throws a Failure: STORE_IN_USE, STORE_TOO_NEW, or
 * JOURNAL_DAMAGED. Reading throws JOURNAL_DAMAGED too, with table and row, for a row that somebody
 * else has changed.
 */
export function openSqliteJournal(file: string, retention: Retention = defaultRetention): Journal {
  const database = openDatabase(file, migrations);
  try {
    return createJournal(database, retention);
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

/**
 * Gives a journal that was put back, or begun empty, a new id, and stores what `restore` makes of
 * its content, all in one transaction. Returns both ids. Throws like openSqliteJournal:
 * STORE_IN_USE while a monitor has it open.
 */
export function restoreSqliteJournal(
  file: string,
  restore: (content: JournalContent) => JournalChange,
): { readonly before: string; readonly after: string } {
  using database = openDatabase(file, migrations);
  const { journalId: before, load } = createJournal(database, defaultRetention);
  const after = randomUUID();
  const write = prepareWrite(database);
  const change = restore(load());
  database.transact(() => {
    database.prepare("UPDATE journal SET journal_id = ?").run(after);
    write(change);
  });
  return { before, after };
}

function createJournal(database: Database, retention: Retention): Journal {
  database.prepare("INSERT INTO journal VALUES (1, ?) ON CONFLICT DO NOTHING").run(randomUUID());
  const journalId = readJournalId(database.prepare("SELECT journal_id FROM journal").get());
  return {
    journalId,
    load: prepareLoad(database),
    commit: prepareCommit(database, retention),
    ...prepareLists(database),
    ...prepareDrills(database, retention.runsMax),
    ...prepareReadiness(database),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

function prepareLoad(database: Database): () => JournalContent {
  const allServers = database.prepare("SELECT * FROM servers ORDER BY server_id");
  const neededRuns = database.prepare(`
    SELECT * FROM runs WHERE is_unfinished = 1
      OR run_id IN (SELECT takeover_run_id FROM servers) ORDER BY position`);
  const lastSignal = database.prepare("SELECT max(signal_id) AS maximum FROM signals");
  return () => ({
    servers: allServers.all().map(servers.read),
    runs: neededRuns.all().map(runs.read),
    lastSignalId: readMaximum(lastSignal.get()),
  });
}

function prepareCommit(database: Database, retention: Retention): (change: JournalChange) => void {
  const write = prepareWrite(database);
  const prune = preparePrune(database, retention);
  // A life that is killed early leaves its surplus behind, so the first commit of each life prunes.
  let surplus = retention.surplusMax;
  return (change) => {
    const added = change.signals.length + change.runs.length + change.history.length;
    database.transact(() => {
      write(change);
      if (surplus + added >= retention.surplusMax) prune();
    });
    surplus = surplus + added >= retention.surplusMax ? 0 : surplus + added;
  };
}

// To be called in a transaction.
function prepareWrite(database: Database): (change: JournalChange) => void {
  const putServer = database.prepare("INSERT OR REPLACE INTO servers VALUES (?, ?, ?, ?, ?)");
  const addSignal = database.prepare("INSERT INTO signals VALUES (?, ?, ?, ?)");
  const putRun = database.prepare(`
    INSERT INTO runs (run_id, server_id, signal_id, term, state, is_unfinished, rest)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET
      server_id = excluded.server_id, signal_id = excluded.signal_id, term = excluded.term,
      state = excluded.state, is_unfinished = excluded.is_unfinished, rest = excluded.rest`);
  const addHistory = database.prepare(
    "INSERT INTO history (server_id, term, rest) VALUES (?, ?, ?)",
  );
  const lastSignal = database.prepare("SELECT max(signal_id) AS maximum FROM signals");
  return (change) => {
    if (change.signals.length > 0) {
      assertNextSignals(change.signals, readMaximum(lastSignal.get()));
    }
    for (const server of change.servers) putServer.run(...servers.write(server));
    for (const signal of change.signals) addSignal.run(...signals.write(signal));
    for (const run of change.runs) putRun.run(...runs.write(run));
    for (const entry of change.history) addHistory.run(...history.write(entry));
  };
}

// Ids and positions rise by one (SQLite takes the highest plus one, and the highest is never
// deleted), so the newest n are those above the highest less n.
function preparePrune(database: Database, retention: Retention): () => void {
  const pruneSignals = database.prepare(
    "DELETE FROM signals WHERE signal_id <= (SELECT max(signal_id) FROM signals) - ?",
  );
  const pruneRuns = database.prepare(`
    DELETE FROM runs WHERE position <= (SELECT max(position) FROM runs) - ?
      AND is_unfinished = 0 AND run_id NOT IN (SELECT takeover_run_id FROM servers)`);
  const pruneHistory = database.prepare(
    "DELETE FROM history WHERE position <= (SELECT max(position) FROM history) - ?",
  );
  return () => {
    pruneSignals.run(retention.signalsMax);
    pruneRuns.run(retention.runsMax);
    pruneHistory.run(retention.historyLinesMax);
  };
}

function prepareLists(database: Database): JournalLists {
  const signalsBefore = prepareForServer(
    database,
    (filter) => `
    SELECT * FROM signals WHERE ${filter} AND signal_id < ? ORDER BY signal_id DESC LIMIT ?`,
  );
  const signalsAfter = prepareForServer(
    database,
    (filter) => `
    SELECT * FROM signals WHERE ${filter} AND signal_id > ? ORDER BY signal_id LIMIT ?`,
  );
  const runsBefore = prepareForServer(
    database,
    (filter) => `
    SELECT * FROM runs WHERE ${filter} AND position < ? ORDER BY position DESC LIMIT ?`,
  );
  const oneRun = database.prepare("SELECT * FROM runs WHERE run_id = ?");
  const lastHistory = database.prepare(
    "SELECT * FROM history WHERE server_id = ? ORDER BY position DESC LIMIT ?",
  );
  const historyOfTerms = database.prepare(`
    SELECT * FROM history WHERE server_id = ? AND term >= ? AND term < ?
    ORDER BY position LIMIT ?`);
  return {
    listSignals: (of) =>
      signalsBefore(of.serverId, of.before ?? newest, of.limit).map(signals.read),
    listSignalsAfter: (signalId, { serverId, limit }) =>
      signalsAfter(serverId, signalId, limit).map(signals.read),
    listRuns: (of) =>
      runsBefore(of.serverId, of.before ?? newest, of.limit).map((row) => ({
        position: readPosition(row),
        run: runs.read(row),
      })),
    findRun: (runId) => {
      const row = oneRun.get(runId);
      return row === undefined ? undefined : runs.read(row);
    },
    listHistory: (serverId, limit) => lastHistory.all(serverId, limit).map(history.read),
    listHistoryOfTerms: (serverId, { from, below, limit }) =>
      historyOfTerms.all(serverId, from, below ?? newest, limit).map(history.read),
  };
}

// The same list for one server or, with an empty id, for all: two statements, so that each has its
// index.
function prepareForServer(database: Database, sql: (filter: string) => string) {
  const forOne = database.prepare(sql("server_id = ?"));
  const forAll = database.prepare(sql("TRUE"));
  return (serverId: string, bound: bigint, limit: number) =>
    serverId === "" ? forAll.all(bound, limit) : forOne.all(serverId, bound, limit);
}

// The ledger in a SQLite file. Decides nothing: what a message becomes is decided by the core.

import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@hot-backup/kit/sqlite.ts";
import { judgeAcceptance } from "../core/acceptance.ts";
import { recipientsOf } from "../core/message.ts";
import { enqueue } from "../core/outbox.ts";
import type { Application, Ledger } from "../ports.ts";
import { migrations, progressColumns, toColumns, toEntry, toReading } from "./schema.ts";

/** Opens or creates the store. Throws a Failure when another process has it. */
export function openSqliteLedger(file: string): Ledger {
  const database = openDatabase(file, migrations);
  const keys = prepareKeys(database);
  const threads = prepareThreads(database);
  const queue = prepareQueue(database);
  const insert = prepareInsert(database);
  return {
    storeId: readStoreId(database),
    ...prepareReads(database),
    findKey: keys.find,
    accept: (application) =>
      database.transact(() => {
        const { letter, fingerprint, nowMs, outboxMax } = application;
        const known = keys.find(letter.key);
        const queuedCount = queue.count();
        const acceptance = judgeAcceptance({ fingerprint, known, queuedCount, outboxMax });
        if (acceptance === "accepted") insert(application, threads.join(letter, nowMs));
        return acceptance;
      }),
    queue: () => ({ count: queue.count(), oldestMs: queue.oldestMs() }),
    listNext: queue.listNext,
    advanceLaterThan: queue.advanceLaterThan,
    save: queue.save,
    setAside: queue.setAside,
    removeSettled: (beforeMs, limit) =>
      database.transact(() => {
        threads.removeUnused(beforeMs, limit);
        return keys.retire(beforeMs, limit);
      }),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

function readStoreId(database: Database): string {
  return database.transact(() => {
    const stored = database.prepare("SELECT id FROM store").get()?.["id"];
    if (stored !== undefined) return String(stored);
    const storeId = randomUUID();
    database.prepare("INSERT INTO store (id) VALUES (?)").run(storeId);
    return storeId;
  });
}

function prepareInsert(database: Database) {
  const letterColumns = "key, fingerprint, message_id, recipients, subject, text, html, thread";
  const acceptance = "in_reply_to, traceparent, accepted_ms";
  const columns = `${letterColumns}, ${acceptance}, ${progressColumns.join(", ")}`;
  const holes = columns.replaceAll(/\w+/g, "?");
  const insert = database.prepare(`INSERT INTO messages (${columns}) VALUES (${holes})`);
  return ({ letter, fingerprint, nowMs }: Application, inReplyTo: string | undefined): void => {
    insert.run(
      letter.key,
      fingerprint,
      letter.messageId,
      JSON.stringify({ to: letter.to, cc: letter.cc }),
      letter.subject,
      letter.text,
      letter.html ?? null,
      letter.thread,
      inReplyTo ?? null,
      letter.traceparent,
      nowMs,
      ...toColumns(enqueue(recipientsOf(letter), nowMs)),
    );
  };
}

function prepareReads(database: Database): Pick<Ledger, "find" | "read" | "list"> {
  const byKey = database.prepare("SELECT * FROM messages WHERE key = ?");
  const bySequence = database.prepare("SELECT * FROM messages WHERE sequence = ?");
  const all = database.prepare(
    "SELECT * FROM messages WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
  );
  const inState = database.prepare(
    "SELECT * FROM messages WHERE state = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?",
  );
  return {
    find: (key) => {
      const row = byKey.get(key);
      return row === undefined ? undefined : toEntry(row);
    },
    read: (sequence) => {
      const row = bySequence.get(sequence);
      return row === undefined ? undefined : toReading(row);
    },
    list: ({ state, before = Number.MAX_SAFE_INTEGER, limit }) => {
      const rows = state === undefined ? all.all(before, limit) : inState.all(state, before, limit);
      return rows.map(toEntry);
    },
  };
}

function prepareQueue(database: Database) {
  const count = database.prepare("SELECT count(*) AS n FROM messages WHERE state = 'queued'");
  const oldest = database.prepare(
    "SELECT accepted_ms FROM messages WHERE state = 'queued' ORDER BY sequence LIMIT 1",
  );
  const next = database.prepare(
    `SELECT sequence, next_attempt_ms FROM messages
     WHERE state = 'queued' ORDER BY next_attempt_ms LIMIT ?`,
  );
  const advance = database.prepare(
    "UPDATE messages SET next_attempt_ms = ? WHERE state = 'queued' AND next_attempt_ms > ?",
  );
  const assignments = progressColumns.map((each) => `${each} = ?`).join(", ");
  const save = database.prepare(`UPDATE messages SET ${assignments} WHERE sequence = ?`);
  const setAside = database.prepare(
    `UPDATE messages SET state = 'failed', last_answer = ?, next_attempt_ms = NULL, settled_ms = ?
     WHERE sequence = ? AND state = 'queued'`,
  );
  return {
    oldestMs: (): number | undefined => {
      const row = oldest.get();
      return row === undefined ? undefined : Number(row["accepted_ms"]);
    },
    setAside: (sequence: number, { because, nowMs }: { because: string; nowMs: number }) => {
      setAside.run(because, Math.ceil(nowMs), sequence);
    },
    count: () => Number(count.get()?.["n"] ?? 0),
    listNext: (limit: number) =>
      next.all(limit).map((row) => ({
        sequence: Number(row["sequence"]),
        nextAttemptMs: Number(row["next_attempt_ms"]),
      })),
    advanceLaterThan: (latestMs: number, nowMs: number) => {
      advance.run(nowMs, latestMs);
    },
    save: (sequence: number, progress: Parameters<Ledger["save"]>[1]) => {
      save.run(...toColumns(progress), sequence);
    },
  };
}

function prepareThreads(database: Database) {
  const find = database.prepare("SELECT message_id FROM threads WHERE thread = ?");
  const begin = database.prepare(
    "INSERT INTO threads (thread, message_id, used_ms) VALUES (?, ?, ?)",
  );
  const use = database.prepare("UPDATE threads SET used_ms = ? WHERE thread = ?");
  const remove = database.prepare(
    `DELETE FROM threads WHERE thread IN
     (SELECT thread FROM threads WHERE used_ms < ? ORDER BY used_ms LIMIT ?)`,
  );
  return {
    /** Message-ID to reply to; undefined for the first message of a thread, which begins it. */
    join: (letter: Application["letter"], nowMs: number): string | undefined => {
      if (letter.thread === "") return undefined;
      const first = find.get(letter.thread)?.["message_id"];
      if (first === undefined) begin.run(letter.thread, letter.messageId, nowMs);
      else use.run(nowMs, letter.thread);
      return first === undefined ? undefined : String(first);
    },
    removeUnused: (beforeMs: number, limit: number) => {
      remove.run(beforeMs, limit);
    },
  };
}

function prepareKeys(database: Database) {
  const find = database.prepare(
    `SELECT fingerprint, message_id FROM messages WHERE key = ?1
     UNION ALL SELECT fingerprint, message_id FROM past_keys WHERE key = ?1`,
  );
  const old = `SELECT sequence FROM messages WHERE state <> 'queued' AND settled_ms < ?
     ORDER BY settled_ms LIMIT ?`;
  const remember = database.prepare(
    `INSERT INTO past_keys (key, fingerprint, message_id)
     SELECT key, fingerprint, message_id FROM messages WHERE sequence IN (${old})`,
  );
  const remove = database.prepare(`DELETE FROM messages WHERE sequence IN (${old})`);
  return {
    find: (key: string) => {
      const row = find.get(key);
      if (row === undefined) return undefined;
      return { fingerprint: String(row["fingerprint"]), messageId: String(row["message_id"]) };
    },
    retire: (beforeMs: number, limit: number): number => {
      remember.run(beforeMs, limit);
      return Number(remove.run(beforeMs, limit).changes);
    },
  };
}

// The store in SQLite: definitions, what this server is meant to run, and the highest orders.

import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { openDatabase, type Database } from "@hot-backup/kit/sqlite.ts";
import type { Change, Kept, KeptChannel } from "../core/durable.ts";
import type { Order } from "../core/orders.ts";
import { type OverrideRecord, overridesKeptMax } from "../core/override.ts";
import type { Store } from "../ports.ts";
import { readDefinition, writeDefinition } from "./stored-definition.ts";

const migrations = [
  `CREATE TABLE identity (store_id TEXT NOT NULL) STRICT;
   CREATE TABLE orders (
     server_id TEXT PRIMARY KEY, term INTEGER NOT NULL, journal_id TEXT NOT NULL
   ) STRICT;
   CREATE TABLE lease (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     server_id TEXT NOT NULL, term INTEGER NOT NULL, journal_id TEXT NOT NULL
   ) STRICT;
   CREATE TABLE channels (
     name TEXT PRIMARY KEY, definition TEXT NOT NULL, digest TEXT NOT NULL,
     activation TEXT NOT NULL CHECK (activation IN ('active', 'inactive')),
     server_id TEXT, term INTEGER, journal_id TEXT
   ) STRICT;
   CREATE TABLE file_digests (name TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT;`,
  "ALTER TABLE identity ADD COLUMN place TEXT NOT NULL DEFAULT ''",
  `CREATE TABLE overrides (
     number INTEGER PRIMARY KEY, protected_by TEXT NOT NULL, names TEXT NOT NULL,
     actor TEXT NOT NULL, reason TEXT NOT NULL,
     server_id TEXT, term INTEGER, journal_id TEXT,
     since_ms INTEGER NOT NULL, ended_ms INTEGER, ended_because TEXT NOT NULL
   ) STRICT;`,
];

/** Opens or creates the store. Throws a Failure when another process has it. */
export function openSqliteStore(file: string): Store {
  const database = openDatabase(file, migrations);
  // As big integers: an inode of 64 bits rounded to a double would be that of other files too.
  const { dev, ino } = statSync(file, { bigint: true });
  const place = `${dev}:${ino}`;
  const storeId = readIdentity(database, place);
  const write = prepareWrites(database);
  return {
    storeId,
    place,
    load: () => load(database),
    save: (change) => database.transact(() => write(change)),
    loadFileDigests: () => {
      const rows = database.prepare("SELECT name, digest FROM file_digests").all();
      return new Map(rows.map((row) => [String(row["name"]), String(row["digest"])]));
    },
    saveFileDigest: (name, digest) => {
      database.prepare("INSERT OR REPLACE INTO file_digests VALUES (?, ?)").run(name, digest);
    },
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

// A copy of a store is another one: under the id of the original its service would take the
// programs of that one for what an earlier life of its own had left, and kill them.
function readIdentity(database: Database, place: string): string {
  const known = database.prepare("SELECT store_id, place FROM identity").get();
  const isHere = known?.["place"] === place || known?.["place"] === "";
  const storeId = known !== undefined && isHere ? String(known["store_id"]) : randomUUID();
  database.transact(() => {
    database.prepare("DELETE FROM identity").run();
    database.prepare("INSERT INTO identity (store_id, place) VALUES (?, ?)").run(storeId, place);
  });
  return storeId;
}

function load(database: Database): Kept {
  const orders = database.prepare("SELECT server_id, term, journal_id FROM orders").all();
  const lease = database.prepare("SELECT server_id, term, journal_id FROM lease").get();
  const channels = database.prepare("SELECT * FROM channels ORDER BY name").all();
  const overrides = database.prepare("SELECT * FROM overrides ORDER BY number DESC").all();
  return {
    orders: orders.map(readOrder),
    leaseOrder: lease === undefined ? undefined : readOrder(lease),
    channels: channels.map(readChannel),
    overrides: overrides.map(readOverride),
  };
}

function prepareWrites(database: Database): (change: Change) => void {
  const saveOrder = database.prepare("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)");
  const saveLease = database.prepare("INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?)");
  const saveChannel = database.prepare(
    "INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const forgetChannel = database.prepare("DELETE FROM channels WHERE name = ?");
  const saveOverride = prepareOverrides(database);
  return ({ orders, leaseOrder, channels, forgotten, overrides }) => {
    for (const order of orders) saveOrder.run(order.serverId, order.term, order.journalId);
    if (leaseOrder !== undefined) {
      saveLease.run(leaseOrder.serverId, leaseOrder.term, leaseOrder.journalId);
    }
    for (const { definition, digest, activation, order } of channels) {
      const ordered = [order?.serverId ?? null, order?.term ?? null, order?.journalId ?? null];
      const text = writeDefinition(definition);
      saveChannel.run(definition.name, text, digest, activation, ...ordered);
    }
    for (const name of forgotten) forgetChannel.run(name);
    for (const override of overrides) saveOverride(override);
  };
}

function prepareOverrides(database: Database): (record: OverrideRecord) => void {
  const save = database.prepare(
    "INSERT OR REPLACE INTO overrides VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const forgetOlder = database.prepare("DELETE FROM overrides WHERE number <= ?");
  return ({ number, serverId, names, actor, order, ...times }) => {
    const ordered = [order?.serverId ?? null, order?.term ?? null, order?.journalId ?? null];
    const instants = [Math.round(times.sinceWallMs), roundOrNull(times.endedWallMs)];
    const who = [names.join("\n"), actor.name, actor.reason];
    save.run(number, serverId, ...who, ...ordered, ...instants, times.endedBecause);
    forgetOlder.run(number - overridesKeptMax);
  };
}

function roundOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}

function readOrder(row: Record<string, unknown>): Order {
  return {
    serverId: String(row["server_id"]),
    term: BigInt(String(row["term"])),
    journalId: String(row["journal_id"]),
  };
}

function readChannel(row: Record<string, unknown>): KeptChannel {
  return {
    definition: readDefinition(String(row["name"]), String(row["definition"])),
    digest: String(row["digest"]),
    activation: row["activation"] === "active" ? "active" : "inactive",
    order: row["term"] === null ? undefined : readOrder(row),
  };
}

function readOverride(row: Record<string, unknown>): OverrideRecord {
  return {
    number: Number(row["number"]),
    serverId: String(row["protected_by"]),
    names: String(row["names"]).split("\n"),
    actor: { name: String(row["actor"]), reason: String(row["reason"]) },
    order: row["term"] === null ? undefined : readOrder(row),
    sinceWallMs: Number(row["since_ms"]),
    endedWallMs: row["ended_ms"] === null ? undefined : Number(row["ended_ms"]),
    endedBecause: String(row["ended_because"]),
  };
}

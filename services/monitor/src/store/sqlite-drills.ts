// The drills of a journal in a SQLite file: sqlite.ts opens it.

import type { Database } from "@hot-backup/kit/sqlite.ts";
import type { Journal } from "../ports.ts";
import { drills, history, readPosition } from "./rows.ts";

type Drills = Pick<Journal, "saveDrill" | "listDrills" | "runningDrills">;

/** Above every position: SQLite's largest integer. */
const newest = 2n ** 63n - 1n;

/** `drillsMax`: drills that are kept, besides those that are not over. */
export function prepareDrills(database: Database, drillsMax: number): Drills {
  const put = database.prepare(`
    INSERT INTO drills (drill_id, server_id, state, rest) VALUES (?, ?, ?, ?)
    ON CONFLICT (drill_id) DO UPDATE SET
      server_id = excluded.server_id, state = excluded.state, rest = excluded.rest`);
  const addHistory = database.prepare(
    "INSERT INTO history (server_id, term, rest) VALUES (?, ?, ?)",
  );
  const prune = database.prepare(`
    DELETE FROM drills WHERE position <= (SELECT max(position) FROM drills) - ?
      AND state <> 'running'`);
  const ofServer = database.prepare(
    "SELECT * FROM drills WHERE server_id = ? AND position < ? ORDER BY position DESC LIMIT ?",
  );
  const ofAll = database.prepare(
    "SELECT * FROM drills WHERE position < ? ORDER BY position DESC LIMIT ?",
  );
  const running = database.prepare(
    "SELECT * FROM drills WHERE state = 'running' ORDER BY position",
  );
  return {
    saveDrill: (drill, lines) =>
      database.transact(() => {
        put.run(...drills.write(drill));
        for (const line of lines) addHistory.run(...history.write(line));
        // Drills are rare: there is no surplus to save up.
        prune.run(drillsMax);
      }),
    listDrills: ({ serverId, before = newest, limit }) => {
      const rows =
        serverId === "" ? ofAll.all(before, limit) : ofServer.all(serverId, before, limit);
      return rows.map((row) => ({ position: readPosition(row), drill: drills.read(row) }));
    },
    runningDrills: () => running.all().map(drills.read),
  };
}

// What a journal in a SQLite file keeps of readiness: sqlite.ts opens it.

import type { Database } from "@hot-backup/kit/sqlite.ts";
import type { Journal } from "../ports.ts";
import { history, readiness } from "./rows.ts";

export function prepareReadiness(
  database: Database,
): Pick<Journal, "saveReadiness" | "loadReadiness"> {
  const put = database.prepare("INSERT OR REPLACE INTO readiness VALUES (?, ?)");
  const addHistory = database.prepare(
    "INSERT INTO history (server_id, term, rest) VALUES (?, ?, ?)",
  );
  const all = database.prepare("SELECT * FROM readiness ORDER BY server_id");
  return {
    saveReadiness: (told, lines) =>
      database.transact(() => {
        for (const each of told) put.run(...readiness.write(each));
        for (const line of lines) addHistory.run(...history.write(line));
      }),
    loadReadiness: () => all.all().map(readiness.read),
  };
}

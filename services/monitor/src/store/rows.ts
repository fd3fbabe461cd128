// Records as rows of the journal and back. What is searched, ordered or worth a look with the
// sqlite3 tool has a column of its own; the rest of a record is one column of JSON. A row that does
// not read as it was written is refused here, by table and key, before anything is decided on it.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { SQLInputValue, SQLOutputValue } from "@hot-backup/kit/sqlite.ts";
import { z } from "zod";
import type { DrillRecord } from "../core/drill-record.ts";
import type { RunRecord } from "../core/run-record.ts";
import type { ServerRecord } from "../core/server-record.ts";
import type { ToldReadiness } from "../core/told-readiness.ts";
import type { HistoryEntry, SignalRecord } from "../ports.ts";
import { drillSchema } from "./drill-schema.ts";
import { readinessSchema } from "./readiness-schema.ts";
import { historySchema, runSchema, serverSchema, signalSchema } from "./record-schema.ts";
import { isUnfinished } from "./retention.ts";

export type Row = Record<string, SQLOutputValue>;

/** How the records of one table are written and read. */
interface Table<T> {
  readonly name: string;
  /** The column that names a row in messages. */
  readonly key: string;
  /** Values of the columns, in the order of the table's INSERT statement. */
  write(record: T): SQLInputValue[];
  /** Throws a Failure, reason JOURNAL_DAMAGED, for a row that is no such record. */
  read(row: Row): T;
}

export const servers: Table<ServerRecord> = {
  name: "servers",
  key: "server_id",
  write: ({ serverId, term, state, takeoverRunId, ...rest }) => [
    serverId,
    term,
    state,
    takeoverRunId,
    toJson(rest),
  ],
  read: (row) =>
    believe(servers, row, {
      schema: serverSchema,
      columns: {
        serverId: row["server_id"],
        term: row["term"],
        state: row["state"],
        takeoverRunId: row["takeover_run_id"],
      },
    }),
};

export const signals: Table<SignalRecord> = {
  name: "signals",
  key: "signal_id",
  write: ({ signalId, serverId, term, ...rest }) => [signalId, serverId, term, toJson(rest)],
  read: (row) =>
    believe(signals, row, {
      schema: signalSchema,
      columns: { signalId: row["signal_id"], serverId: row["server_id"], term: row["term"] },
    }),
};

export const runs: Table<RunRecord> = {
  name: "runs",
  key: "run_id",
  write: (run) => {
    const { runId, serverId, signalId, term, state, ...rest } = run;
    return [runId, serverId, signalId, term, state, isUnfinished(run) ? 1 : 0, toJson(rest)];
  },
  read: (row) =>
    believe(runs, row, {
      schema: runSchema,
      columns: {
        runId: row["run_id"],
        serverId: row["server_id"],
        signalId: row["signal_id"],
        term: row["term"],
        state: row["state"],
      },
    }),
};

export const history: Table<HistoryEntry> = {
  name: "history",
  key: "position",
  write: ({ serverId, term, ...rest }) => [serverId, term, toJson(rest)],
  read: (row) =>
    believe(history, row, {
      schema: historySchema,
      columns: { serverId: row["server_id"], term: row["term"] },
    }),
};

export const drills: Table<DrillRecord> = {
  name: "drills",
  key: "drill_id",
  write: (drill) => {
    const { drillId, serverId, state, ...rest } = drill;
    return [drillId, serverId, state, toJson(rest)];
  },
  read: (row) =>
    believe(drills, row, {
      schema: drillSchema,
      columns: { drillId: row["drill_id"], serverId: row["server_id"], state: row["state"] },
    }),
};

export const readiness: Table<ToldReadiness> = {
  name: "readiness",
  key: "server_id",
  write: ({ serverId, ...rest }) => [serverId, toJson(rest)],
  read: (row) =>
    believe(readiness, row, {
      schema: readinessSchema,
      columns: { serverId: row["server_id"] },
    }),
};

const journalRow = z.object({ journal_id: z.uuid() });
const positionRow = z.object({ position: z.bigint() });
const maximumRow = z.object({ maximum: z.bigint().nullable() });

/** The id of the journal. Throws a Failure when it is not there. */
export function readJournalId(row: Row | undefined): string {
  const result = journalRow.safeParse(row);
  if (result.success) return result.data.journal_id;
  throw damaged('table journal, row "1"', result.error);
}

/** The position of a row that was just read as a record. */
export function readPosition(row: Row): bigint {
  return positionRow.parse(row).position;
}

/** The answer of SELECT max(...) AS maximum; 0 for an empty table. */
export function readMaximum(row: Row | undefined): bigint {
  return maximumRow.parse(row).maximum ?? 0n;
}

function toJson(rest: object): string {
  return JSON.stringify(rest, (_key, value: unknown) => {
    if (value === undefined) return null;
    return typeof value === "bigint" ? String(value) : value;
  });
}

function believe<T>(
  table: Table<T>,
  row: Row,
  expected: { schema: z.ZodType<T>; columns: Readonly<Record<string, unknown>> },
): T {
  const where = `table ${table.name}, row "${String(row[table.key])}"`;
  const result = expected.schema.safeParse({ ...parse(row["rest"], where), ...expected.columns });
  if (result.success) return result.data;
  throw damaged(where, result.error);
}

function parse(json: unknown, where: string): object {
  try {
    const value: unknown = JSON.parse(String(json));
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    throw damaged(where, error);
  }
  throw damaged(where, new Error("its rest is no object"));
}

function damaged(where: string, cause: unknown): Failure {
  const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
  return new Failure("internal", {
    message: `Cannot read the journal, ${where}: ${why}`,
    reason: "JOURNAL_DAMAGED",
    cause,
  });
}

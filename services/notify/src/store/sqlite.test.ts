// What only a SQLite store can go through: rows that something else has damaged.

import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@hot-backup/kit/sqlite.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ledger } from "../ports.ts";
import { migrations } from "./schema.ts";
import { openSqliteLedger } from "./sqlite.ts";

let folder: string;
let file: string;
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notify-store-"));
  file = join(folder, "notify.db");
  ledger = openSqliteLedger(file);
  for (const key of ["k1", "k2"]) accept(key);
});
afterEach(() => {
  ledger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function accept(key: string): void {
  const letter = {
    key,
    messageId: `<${key}@example.org>`,
    to: [{ name: "", address: "anna@example.org" }],
    cc: [],
    subject: `subject of ${key}`,
    text: "t",
    html: undefined,
    thread: "",
    traceparent: "",
  };
  ledger.accept({ letter, fingerprint: key, nowMs: 1000, outboxMax: 100 });
}

function damage(assignment: string): void {
  using database = new DatabaseSync(file);
  database.exec(`UPDATE messages SET ${assignment} WHERE key = 'k1'`);
}

test.each([
  "recipients = '{'",
  "recipients = '{\"to\":[]}'",
  "pending = 'null'",
  "next_attempt_ms = 9000000000000000000",
])("a damaged row is no message, and is told as failed with what is left: %s", (assignment) => {
  damage(assignment);
  const because = expect.stringMatching(/^Cannot be read from the store: ./);
  expect(ledger.read(1)).toEqual({ isReadable: false, because });
  expect(ledger.list({ state: undefined, before: undefined, limit: 10 })).toMatchObject([
    { key: "k2", progress: { state: "queued" } },
    { key: "k1", subject: "subject of k1", progress: { state: "failed", lastAnswer: because } },
  ]);
  expect(ledger.find("k1")).toMatchObject({ progress: { state: "failed" } });
});

test("a message of a store from before traces is as it was, and belongs to none", () => {
  const old = join(folder, "old.db");
  {
    using database = openDatabase(old, migrations.slice(0, 1));
    database.prepare("INSERT INTO store (id) VALUES ('s')").run();
    const written = `
      INSERT INTO messages (key, fingerprint, message_id, recipients, subject, text, thread,
        accepted_ms, state, attempts, pending, refused, has_taken, last_answer, next_attempt_ms)
      VALUES ('k0', 'f', '<k0@x>', '{"to":[],"cc":[]}', 's', 't', '', 1, 'queued', 3, '["a@x"]',
        '[]', 0, '451 later', 2)`;
    database.prepare(written).run();
  }
  using opened = openSqliteLedger(old);
  expect(opened.read(1)).toMatchObject({
    isReadable: true,
    message: { key: "k0", traceparent: "", progress: { state: "queued", attempts: 3 } },
  });
});

test("a damaged row that is set aside waits no more", () => {
  damage("recipients = '{'");
  ledger.setAside(1, { because: "damaged", nowMs: 2000 });
  expect(ledger.listNext(10).map((each) => each.sequence)).toEqual([2]);
  const failed = ledger.list({ state: "failed", before: undefined, limit: 10 });
  expect(failed).toMatchObject([{ key: "k1", progress: { settledMs: 2000 } }]);
});

// A store that was spoiled on the disk is refused with its name, or read as it was written where
// the spoiled part does not matter; whoever reads it never fails by itself.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "@hot-backup/kit/errors.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stateWith } from "../../services/channels/src/core/state.fixture.ts";
import { changeBetween } from "../../services/channels/src/core/durable.ts";
import { openSqliteStore } from "../../services/channels/src/store/sqlite.ts";
import {
  noChange,
  sampleRun,
  sampleSignal,
} from "../../services/monitor/src/store/sample-records.fixture.ts";
import { newServerRecord } from "../../services/monitor/src/core/server-record.ts";
import { openSqliteJournal } from "../../services/monitor/src/store/sqlite.ts";
import { openSqliteLedger } from "../../services/notify/src/store/sqlite.ts";
import { patienceMs, tryOut } from "./campaign.fixture.ts";

const runsUsual = 80;

/** One kind of store: makes a good one, and reads everything that is in one. */
interface StoreKind {
  readonly name: string;
  make(file: string): void;
  read(file: string): void;
}

const everything = { serverId: "", limit: 1000, before: undefined };

const kinds: readonly StoreKind[] = [
  {
    name: "journal of the monitor",
    make: (file) => {
      using journal = openSqliteJournal(file);
      journal.commit({
        ...noChange,
        servers: [newServerRecord("primary-1", 0)],
        signals: [1n, 2n, 3n].map((id) => sampleSignal(id)),
        runs: [sampleRun("run-1"), sampleRun("run-2")],
      });
    },
    read: (file) => {
      using journal = openSqliteJournal(file);
      journal.load();
      journal.listRuns(everything);
      journal.listSignals(everything);
      journal.listHistory("primary-1", 100);
    },
  },
  {
    name: "store of the channels service",
    make: (file) => {
      using store = openSqliteStore(file);
      const change = changeBetween(stateWith({}, { channels: [] }), stateWith());
      if (change === undefined) throw new Error("three channels are a change");
      store.save(change);
    },
    read: (file) => {
      using store = openSqliteStore(file);
      store.load();
      store.loadFileDigests();
    },
  },
  {
    name: "outbox of the notify service",
    make: (file) => {
      using ledger = openSqliteLedger(file);
      const to = [{ name: "Anna", address: "anna@example.org" }];
      const text = { subject: "s", text: "t".repeat(500), html: "<p>" };
      for (const key of ["k1", "k2"]) {
        const known = { key, messageId: `<${key}@x>`, thread: "t", traceparent: "" };
        const letter = { ...known, to, cc: [], ...text };
        ledger.accept({ letter, fingerprint: key, nowMs: 1000, outboxMax: 9 });
      }
    },
    read: (file) => {
      using ledger = openSqliteLedger(file);
      ledger.list({ state: undefined, before: undefined, limit: 100 });
      ledger.listNext(10);
      ledger.findKey("k1");
    },
  },
];

const reasons = new Set([
  "STORE_DAMAGED",
  "STORE_TOO_NEW",
  "STORE_UNUSABLE",
  "STORE_IN_USE",
  "JOURNAL_DAMAGED",
]);

/** In the place of a piece of JSON, or of a word of a column, as long as that. */
const substitutes = [
  ["true", "null"],
  ["false", "[[[[["],
  ['{"', '["'],
  ["null", "1e99"],
  ["LIVE", "EVIL"],
  ["queued", "frozen"],
  ["active", "passiv"],
  ['":"', '":{'],
  ["sleep", "\0\0\0\0\0"],
] as const;

/** What may happen to a file: told in a failure, in the place of all its bytes. */
type Damage =
  | { readonly changes: readonly (readonly [at: number, byte: number])[] }
  | { readonly length: number }
  | { readonly words: readonly [from: string, to: string] }
  | { readonly noise: Uint8Array };

function spoil(bytes: Buffer, damage: Damage): Uint8Array {
  if ("noise" in damage) return damage.noise;
  if ("length" in damage) return bytes.subarray(0, damage.length);
  if ("words" in damage) {
    return Buffer.from(bytes.toString("latin1").replaceAll(...damage.words), "latin1");
  }
  const copy = Buffer.from(bytes);
  for (const [at, byte] of damage.changes) copy[at] = byte;
  return copy;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(kinds)("$name", (kind) => {
  /** "" when it was read, else what was said of it. */
  function readSpoiled(bytes: Uint8Array): string {
    const file = join(folder, "spoiled.db");
    for (const end of ["", "-wal", "-shm", ".lock", ".lock-journal"]) {
      rmSync(`${file}${end}`, { force: true });
    }
    writeFileSync(file, bytes);
    try {
      kind.read(file);
      return "";
    } catch (error) {
      if (error instanceof Failure && reasons.has(error.reason)) return error.message;
      throw error;
    }
  }

  function good(): Buffer {
    const file = join(folder, "good.db");
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    kind.make(file);
    return readFileSync(file);
  }

  test(
    "with spoiled bytes, or cut short, is read or refused by name",
    async () => {
      const bytes = good();
      const place = fc.oneof(fc.nat(bytes.length - 1), fc.nat(200));
      const damage = fc.oneof(
        fc.record({ changes: fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 }) }),
        fc.record({ length: fc.nat(bytes.length) }),
        fc.record({ words: fc.constantFrom(...substitutes) }),
        fc.record({ noise: fc.uint8Array({ minLength: 1, maxLength: 5000 }) }),
      );
      expect(readSpoiled(bytes)).toBe("");
      await tryOut(damage, runsUsual, (each) => {
        expect(readSpoiled(spoil(bytes, each))).toMatch(
          /^$|^Cannot .*(?:spoiled\.db|journal|channel ")/,
        );
      });
    },
    patienceMs(runsUsual),
  );

  test("of a later version is refused by name", () => {
    const bytes = good();
    // The version of the application. Source: sqlite.org/fileformat.html, offset 60
    bytes.writeUInt32BE(10_000, 60);
    expect(readSpoiled(bytes)).toMatch(/spoiled\.db: a newer version of the product wrote it$/);
  });

  test("that is no file is refused by name", () => {
    const place = join(folder, "folder.db");
    mkdirSync(place, { recursive: true });
    expect(() => kind.read(place)).toThrow(`Cannot open the store ${place}: `);
  });
});

// What only the store on disk must do: take up what an older version has left.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { definitionOf, order } from "../core/state.fixture.ts";
import { openSqliteStore } from "./sqlite.ts";

const versionTwo = new URL("store-version-2.fixture.sql", import.meta.url);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a store of version 2 is brought up: no override, all else as it was", () => {
  const file = join(folder, "channels.db");
  {
    using raw = new DatabaseSync(file);
    raw.exec(readFileSync(versionTwo, "utf8"));
  }
  using store = openSqliteStore(file);
  const highest = order("a", 2n ** 63n - 1n);
  expect(store.load()).toEqual({
    orders: [highest, order("b", 1n)],
    leaseOrder: order("a", 7n),
    channels: [
      {
        definition: definitionOf("orders", { protectedBy: "a" }),
        digest: "d",
        activation: "active",
        order: highest,
      },
    ],
    overrides: [],
  });
  expect(store.loadFileDigests()).toEqual(new Map([["orders", "1"]]));
});

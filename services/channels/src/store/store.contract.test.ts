import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type OverrideRecord, overridesKeptMax } from "../core/override.ts";
import { definitionOf, order } from "../core/state.fixture.ts";
import type { Store } from "../ports.ts";
import { openSqliteStore } from "./sqlite.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const nothing = { orders: [], leaseOrder: undefined, channels: [], forgotten: [], overrides: [] };
const kept = {
  definition: definitionOf("orders", { protectedBy: "a" }),
  digest: "d",
  activation: "active" as const,
  order: order("a", 2n ** 63n - 1n),
};
const begun: OverrideRecord = {
  number: 1,
  serverId: "a",
  names: ["orders", "inv*"],
  actor: { name: "anna", reason: "the monitor is gone" },
  order: order("a", 7n),
  sinceWallMs: 5,
  endedWallMs: undefined,
  endedBecause: "",
};

interface Openers {
  open(): Store;
  openCopy(): Store;
}

/** What every store must do; `open` opens the same one again, `openCopy` a copy of it. */
function testStore(name: string, { open, openCopy }: Openers): void {
  describe(`store ${name}`, () => {
    test("what was saved is there in the next life", () => {
      const orders = [order("a", 2n ** 63n - 1n), order("b", 1n)];
      const leaseOrder = order("a", 7n);
      let storeId: string;
      {
        using store = open();
        storeId = store.storeId;
        store.save({ ...nothing, orders, leaseOrder, channels: [kept], overrides: [begun] });
      }
      using again = open();
      expect(again.storeId).toBe(storeId);
      expect(again.load()).toEqual({ orders, leaseOrder, channels: [kept], overrides: [begun] });
    });

    test("of overrides the newest are kept, each as it ended", () => {
      using store = open();
      const ended = { ...begun, endedWallMs: 9, endedBecause: "a lease" };
      store.save({ ...nothing, overrides: [begun] });
      store.save({ ...nothing, overrides: [ended] });
      const later = { ...begun, number: overridesKeptMax, order: undefined };
      store.save({ ...nothing, overrides: [later] });
      expect(store.load().overrides).toEqual([later, ended]);
      store.save({ ...nothing, overrides: [{ ...later, number: overridesKeptMax + 1 }] });
      expect(store.load().overrides.map((each) => each.number)).not.toContain(1);
    });

    test("a channel that was forgotten is gone, a changed one is as it was saved last", () => {
      using store = open();
      const local = { ...kept, definition: definitionOf("local"), order: undefined };
      store.save({ ...nothing, channels: [kept, local] });
      const inactive = { ...local, activation: "inactive" as const };
      store.save({ ...nothing, channels: [inactive], forgotten: ["orders"] });
      expect(store.load().channels).toEqual([inactive]);
    });

    test("a file's digest outlives the channel that it described", () => {
      using store = open();
      store.save({ ...nothing, channels: [kept] });
      store.saveFileDigest("orders", "1");
      store.saveFileDigest("orders", "2");
      store.save({ ...nothing, forgotten: ["orders"] });
      expect(store.loadFileDigests()).toEqual(new Map([["orders", "2"]]));
    });

    test("a copy of a store is another store, with the same content", () => {
      let storeId: string;
      {
        using store = open();
        storeId = store.storeId;
        store.save({ ...nothing, channels: [kept] });
      }
      using copy = openCopy();
      expect(copy.storeId).not.toBe(storeId);
      expect(copy.load().channels).toEqual([kept]);
      using again = open();
      expect(again.storeId).toBe(storeId);
      expect(again.place).not.toBe(copy.place);
    });

    test("two services never share a store", () => {
      using _store = open();
      expect(() => open()).toThrow("another process is using it");
    });
  });
}

testStore("sqlite", {
  open: () => openSqliteStore(join(folder, "channels.db")),
  openCopy: () => {
    copyFileSync(join(folder, "channels.db"), join(folder, "copy.db"));
    return openSqliteStore(join(folder, "copy.db"));
  },
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Activation } from "./core/channel-state.ts";
import { restore } from "./core/durable.ts";
import { definitionOf, settings } from "./core/state.fixture.ts";
import { step } from "./core/step.ts";
import { deployFiles } from "./deploy-files.ts";
import type { Store } from "./ports.ts";
import { openSqliteStore } from "./store/sqlite.ts";

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-files-"));
  store = openSqliteStore(join(folder, "channels.db"));
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const instant = { bootMs: 0, wallMs: 0 };

// One life of the service that finds these definitions in its files.
function begin(fileDigest: string, activation: Activation, digest = "d") {
  const definition = definitionOf("local");
  const where = "channels.yaml:1:1";
  const definitions = [{ definition, activation, digest, fileDigest, where }];
  const initial = restore(store.load(), settings, 0);
  return deployFiles(initial, { definitions, store, ...instant });
}

test("a definition from a file is deployed once, durably, and starts nothing by that", () => {
  const state = begin("1", "active");
  expect(state.channels.get("local")).toMatchObject({ activation: "active", activity: "stopped" });
  expect(store.load().channels).toMatchObject([{ definition: { name: "local" } }]);
  const { effects } = step(state, { type: "earlier_life_cleared", ...instant });
  expect(effects).toMatchObject([{ type: "launch" }]);
});

test("what an operator changed stays until the file says something else", () => {
  const state = begin("1", "active");
  const wish = { names: ["local"], order: undefined, because: "test" };
  const stopped = step(state, { type: "stop_asked", ...wish, ...instant }).state;
  const channel = stopped.channels.get("local");
  const kept = channel === undefined ? [] : [channel];
  store.save({ orders: [], leaseOrder: undefined, channels: kept, forgotten: [], overrides: [] });
  expect(begin("1", "active").channels.get("local")?.activation).toBe("inactive");
  expect(begin("2", "active").channels.get("local")?.activation).toBe("active");
});

test("a digest that an earlier version made of a file is set right, durably", () => {
  begin("1", "active", "of an earlier version");
  expect(begin("1", "active").channels.get("local")?.digest).toBe("d");
  expect(store.load().channels).toMatchObject([{ digest: "d" }]);
});

test("an undeployed channel does not come back while its file says the same", () => {
  begin("1", "active");
  store.save({
    orders: [],
    leaseOrder: undefined,
    channels: [],
    forgotten: ["local"],
    overrides: [],
  });
  expect(begin("1", "active").channels.size).toBe(0);
  expect(begin("2", "active").channels.size).toBe(1);
});

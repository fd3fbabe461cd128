import { effect } from "@preact/signals";
import { expect, test } from "vitest";
import { createStore } from "./store.ts";
import { makePulse, makeServer, makeSignal, makeSnapshot, makeSource } from "./views.fixture.ts";

test("a snapshot replaces all that was known", () => {
  const store = createStore();
  const old = makeServer({ serverId: "gone" });
  store.take(makeSnapshot({ servers: [old], signals: [makeSignal({ signalId: "9" })] }), 0);
  expect(store.hasSnapshot.value).toBe(true);
  store.take(makeSnapshot(), 1);
  expect(store.servers.names.value).toEqual(["backup-1/primary-1"]);
  expect(store.servers.of("backup-1/gone").value).toBeUndefined();
  expect(store.signals.value.map(({ signalId }) => signalId)).toEqual(["1"]);
});

test("a change replaces the views it names, and leaves the others", () => {
  const store = createStore();
  store.take(makeSnapshot(), 0);
  const second = makeServer({ serverId: "primary-2" });
  store.take({ kind: "change", nowMs: 1, servers: [second, makeServer({ state: "DEAD" })] }, 1);
  expect(store.servers.all.value.map(({ state }) => state)).toEqual(["DEAD", "LIVE"]);
  expect(store.channels.names.value).toHaveLength(5);
});

test("what is gone is forgotten", () => {
  const store = createStore();
  store.take(makeSnapshot(), 0);
  const gone = { servers: ["backup-1/primary-1"], channels: ["backup-1/reports"] };
  store.take({ kind: "change", nowMs: 1, gone }, 1);
  expect(store.servers.names.value).toEqual([]);
  expect(store.channels.names.value).not.toContain("backup-1/reports");
});

test("a pulse of one server draws that server anew and no other", () => {
  const store = createStore();
  const servers = [makeServer(), makeServer({ serverId: "primary-2" })];
  store.take(makeSnapshot({ servers }), 0);
  let drawings = 0;
  const stop = effect(() => {
    void store.pulses.of("backup-1/primary-2").value;
    drawings += 1;
  });
  store.take({ kind: "change", nowMs: 250, pulses: [makePulse()] }, 250);
  expect(drawings).toBe(1);
  store.take({ kind: "change", nowMs: 500, pulses: [makePulse({ serverId: "primary-2" })] }, 500);
  expect(drawings).toBe(2);
  stop();
});

test("signals come newest first, each once, however often they are told", () => {
  const store = createStore();
  const told = ["9", "10", "11"].map((signalId) => makeSignal({ signalId }));
  store.take(makeSnapshot({ signals: told }), 0);
  store.take({ kind: "change", nowMs: 1, signals: [...told, makeSignal({ signalId: "12" })] }, 1);
  expect(store.signals.value.map(({ signalId }) => signalId)).toEqual(["12", "11", "10", "9"]);
});

test("an age is counted by the gateway's clock, wherever the page's begins", () => {
  const store = createStore();
  store.take(makeSnapshot({ nowMs: 90_000 }), 400);
  expect(store.ageMs(88_000, 400)).toBe(2000);
  expect(store.ageMs(88_000, 700)).toBe(2300);
  expect(store.ageMs(95_000, 400)).toBe(0);
});

test("what a service told is true now only while the gateway hears it", () => {
  const store = createStore();
  store.take(makeSnapshot(), 0);
  expect(store.isToldNow("monitor", "backup-1")).toBe(true);
  store.take({ kind: "change", nowMs: 1, sources: [makeSource({ isUp: false })] }, 1);
  expect(store.isToldNow("monitor", "backup-1")).toBe(false);
  expect(store.isToldNow("monitor", "nobody")).toBe(false);
});

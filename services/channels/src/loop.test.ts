// The loop between a store that can refuse and a runtime that tells what it likes.

import { openLog } from "@hot-backup/kit/log.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { definitionOf, grant, stateWith } from "./core/state.fixture.ts";
import { createLoop } from "./loop.ts";
import type { ChannelLogs, Launch, Probe, RunListener, Store } from "./ports.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Launched {
  readonly launch: Launch;
  readonly listener: RunListener;
  readonly stops: number[];
}

const quietLogs: ChannelLogs = {
  of: () => ({
    write: () => Promise.resolve(),
    note: () => undefined,
    endLines: () => undefined,
    lastLines: () => [],
    takenBytes: 0,
    read: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }),
  retire: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** A loop over three channels with a runtime that only takes notes. */
function begin(
  given: { probe?: Probe["await"]; initial?: ReturnType<typeof stateWith>; bootMs?: number } = {},
) {
  const startMs = Date.now();
  const nowMs = () => Date.now() - startMs + (given.bootMs ?? 0);
  const launched: Launched[] = [];
  const did: string[] = [];
  const disk = { isFull: false };
  const store = {
    save: () => {
      if (disk.isFull) throw new Error("database or disk is full");
      did.push("save");
    },
  } as unknown as Store;
  const log = openLog("test", { server: "test", level: "fatal" });
  const errors = vi.spyOn(log, "error");
  const loop = createLoop({
    initial: given.initial ?? stateWith(),
    clock: { nowMs, bootMs: nowMs, wallMs: nowMs },
    store,
    runtime: {
      clearEarlierLife: () => Promise.resolve(0),
      close: () => Promise.resolve(),
      check: () => Promise.resolve(new Map()),
      launch: (launch, listener) => {
        did.push(`launch ${launch.definition.name}`);
        const stops: number[] = [];
        launched.push({ launch, listener, stops });
        return { setKillAt: () => undefined, stop: (atMs) => void stops.push(atMs) };
      },
    },
    probe: { await: given.probe ?? (() => Promise.resolve(undefined)) },
    logs: quietLogs,
    log,
  });
  loop.begin();
  const activityOf = (name: string) => loop.state().channels.get(name)?.activity;
  return { loop, launched, did, disk, errors, activityOf };
}

const forever = new AbortController().signal;

test("a change is stored before it is acted on", () => {
  const { loop, did } = begin();
  did.length = 0;
  const definition = definitionOf("new");
  loop.tell({ type: "channel_deployed", definition, digest: "d", activation: "active" });
  expect(did).toEqual(["save", "launch new"]);
});

test("a caller whose change cannot be stored is told so, and nothing has changed", () => {
  const { loop, did, disk } = begin();
  disk.isFull = true;
  did.length = 0;
  const before = loop.state();
  const definition = definitionOf("new");
  expect(() =>
    loop.tell({ type: "channel_deployed", definition, digest: "d", activation: "active" }),
  ).toThrow("Cannot store a change of channels: database or disk is full");
  expect(loop.state()).toBe(before);
  expect(did).toEqual([]);
});

test("an end that cannot be stored is kept, tried again, and complained of once", async () => {
  const { loop, launched, disk, errors } = begin();
  loop.tell({ type: "channel_undeployed", name: "local" });
  disk.isFull = true;
  launched[0]?.listener.onGone("exited with code 0");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(loop.state().channels.has("local")).toBe(true);
  expect(errors).toHaveBeenCalledOnce();
  disk.isFull = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(loop.state().channels.has("local")).toBe(false);
});

test("while a store refuses, time goes on: a lease that is over stops its channels", async () => {
  const initial = grant(0, stateWith(), { term: 1n, deadlineMs: 2_000 }).state;
  const { loop, launched, disk, activityOf } = begin({ initial, bootMs: 100 });
  loop.tell({ type: "channel_undeployed", name: "local" });
  disk.isFull = true;
  launched[0]?.listener.onGone("exited with code 0");
  await vi.advanceTimersByTimeAsync(1_700);
  expect(activityOf("own")).toBe("stopping");
});

test("what ends an override stops its channels also when it cannot be stored", () => {
  const { loop, disk, activityOf, launched } = begin();
  const actor = { name: "anna", reason: "the monitor is gone" };
  const asked = { type: "override_asked", serverId: "a", names: ["own"], actor } as const;
  loop.tell({ ...asked, because: "by anna" });
  launched.at(-1)?.listener.onRunning(1);
  expect(activityOf("own")).toBe("started");
  disk.isFull = true;
  const order = { serverId: "a", term: 9n, journalId: "j" };
  const decision = { kind: "withdraw", order, because: "the backup has them" } as const;
  const told = { type: "lease_decided", decision, streamSerial: 1n } as const;
  expect(() => loop.tell({ ...told, monitorUntilMs: undefined })).toThrow("Cannot store");
  expect(activityOf("own")).toBe("stopping");
  expect(loop.state().orders.has("a")).toBe(false);
});

test("an override that cannot be stored starts nothing", () => {
  const { loop, disk, activityOf } = begin();
  disk.isFull = true;
  const actor = { name: "anna", reason: "the monitor is gone" };
  const asked = { type: "override_asked", serverId: "a", names: ["own"], actor } as const;
  expect(() => loop.tell({ ...asked, because: "by anna" })).toThrow("Cannot store");
  expect(activityOf("own")).toBe("stopped");
});

test("a stop is over when no run is left, also when the store refuses to hear of it", async () => {
  const { loop, launched, disk } = begin();
  loop.tell({ type: "channel_undeployed", name: "local" });
  disk.isFull = true;
  let isOver = false;
  const stopped = loop.stop().then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isOver).toBe(false);
  launched[0]?.listener.onGone("killed by SIGTERM");
  await stopped;
  expect(vi.getTimerCount()).toBe(0);
});

test("a pause after a failure ends without anybody asking", async () => {
  const { launched, activityOf } = begin();
  launched[0]?.listener.onRunning(1);
  launched[0]?.listener.onGone("exited with code 3");
  expect(activityOf("local")).toBe("restarting");
  expect(launched).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(launched).toHaveLength(2);
});

test("a listener that steps the loop again hears of changes in the order they came", () => {
  const { loop, launched } = begin();
  const heard: (string | undefined)[] = [];
  loop.listen(({ channel }) => {
    if (channel?.activity === "started") loop.tell({ type: "channel_undeployed", name: "local" });
  }, forever);
  loop.listen(({ channel }) => void heard.push(channel?.activity), forever);
  launched[0]?.listener.onRunning(1);
  launched[0]?.listener.onGone("killed by SIGTERM");
  expect(heard).toEqual(["starting", "started", "stopping", undefined]);
});

test("a listener that fails keeps neither the others nor the loop from going on", () => {
  const { loop, launched } = begin();
  const heard: (string | undefined)[] = [];
  loop.listen(() => {
    throw new Error("a bug");
  }, forever);
  loop.listen(({ channel }) => void heard.push(channel?.activity), forever);
  launched[0]?.listener.onRunning(1);
  expect(heard).toEqual(["starting", "started"]);
});

test("a readiness check that is rejected is a failed attempt, with the reason", async () => {
  const check = { kind: "command", command: ["true"] } as const;
  const readiness = { check, timeoutMs: 100, intervalMs: 5 };
  const { loop, launched } = begin({ probe: () => Promise.reject(new Error("no such user: x")) });
  const definition = definitionOf("checked", { readiness });
  loop.tell({ type: "channel_deployed", definition, digest: "d", activation: "active" });
  launched[1]?.listener.onRunning(2);
  await vi.advanceTimersByTimeAsync(0);
  expect(loop.state().channels.get("checked")).toMatchObject({
    activity: "stopping",
    lastFailure: { reason: "cannot be checked: no such user: x" },
  });
});

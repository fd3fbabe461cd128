// Streams of changes on the wire: nothing is lost, nothing comes twice, and nobody who does not
// read fills the memory.

import { type ClientReadableStream, status as Code } from "@grpc/grpc-js";
import { streamQueueMax } from "@hot-backup/kit/grpc-handlers.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  ServerState,
  WatchServersRequest,
  WatchSignalsRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { goodHeartbeat, sampleSettings } from "../core/story.fixture.ts";
import { noChange, sampleSignal } from "../store/sample-records.fixture.ts";
import { bringToLife, leaseReport } from "./heartbeat-client.fixture.ts";
import { openStoppedReader } from "./stopped-reader.fixture.ts";
import { anna, openEmptyJournal, openWire, type Wire } from "./wire.fixture.ts";

const withinMs = 15_000;

// A server whose flow does nothing, so that signals are all there is.
const quiet = {
  flow: { startTargets: [], decision: "", cases: [], plan: () => ({ caseName: "", steps: [] }) },
};

async function wired(options: Parameters<typeof openWire>[0] = {}): Promise<Wire> {
  const wire = await openWire(options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

/** Everything that a stream brings, as it comes. */
function collect<Message>(stream: ClientReadableStream<Message>): Message[] {
  const messages: Message[] = [];
  stream.on("data", (message: Message) => messages.push(message));
  stream.on("error", () => {});
  onTestFinished(() => stream.cancel());
  return messages;
}

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: withinMs, interval: 5 });

/** LIVE and CLOSE in turn, decided at once. */
function signal({ story }: Wire, count: number): void {
  const moment = () => ({ nowMs: story.time.nowMs, wallMs: story.time.clock.wallMs() });
  for (let index = 0; index < count; index += 1) {
    const isClose = story.record.state === "live";
    story.server.take(
      isClose
        ? { kind: "close_received", actor: anna, ...moment() }
        : { ...goodHeartbeat, ...moment() },
    );
  }
}

function journalOf(count: number) {
  const journal = openEmptyJournal();
  const signals = Array.from({ length: count }, (_, index) => {
    const serverId = index % 5 === 0 ? "server-0" : "primary-1";
    return sampleSignal(BigInt(index + 1), { serverId });
  });
  journal.commit({ ...noChange, signals });
  return journal;
}

const idsFrom = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => BigInt(first + index));

describe("WatchServers", () => {
  test("sends all servers first, by id, and then each one that changes", async () => {
    const others = [sampleSettings({ serverId: "alpha-1" })];
    const wire = await wired({ others });
    const messages = collect(wire.client.watchServers({ serverId: "" }));
    await until(() => messages.length === 1);
    expect(messages[0]?.event).toMatchObject({
      $case: "snapshot",
      value: { servers: [{ serverId: "alpha-1" }, { serverId: "primary-1" }] },
    });
    await wire.setMaintenance({ serverId: "alpha-1" });
    await until(() => messages.length === 2);
    expect(messages[1]?.event).toMatchObject({
      $case: "changed",
      value: { serverId: "alpha-1", maintenance: { owner: "anna" } },
    });
  });

  test("of one server tells nothing of another", async () => {
    const wire = await wired({ others: [sampleSettings({ serverId: "alpha-1" })] });
    const messages = collect(wire.client.watchServers({ serverId: "primary-1" }));
    await until(() => messages.length === 1);
    await wire.setMaintenance({ serverId: "alpha-1" });
    await wire.setMaintenance();
    await until(() => messages.length === 2);
    const told = messages.map(({ event }) =>
      event?.$case === "changed" ? event.value.serverId : event?.$case,
    );
    expect(told).toEqual(["snapshot", "primary-1"]);
  });

  test("tells what a server reports when it changes, not with every heartbeat", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const messages = collect(wire.client.watchServers({ serverId: "" }));
    await until(() => messages.length === 1);
    for (let round = 0; round < 5; round += 1) {
      await stream.beat({ lease: leaseReport("held", 1n) });
    }
    const channels = [{ name: "orders", activity: Activity.ACTIVITY_STARTED, term: 1n }];
    await stream.beat({ lease: leaseReport("held", 1n), channels });
    await until(() => messages.length === 2);
    expect(messages[1]?.event).toMatchObject({ $case: "changed", value: { channels } });
  });

  test("of a reader that does not read ends as SLOW_READER, with a bounded queue", async () => {
    const wire = await wired();
    const request = WatchServersRequest.encode({ serverId: "" }).finish();
    using reader = openStoppedReader(wire.address, "WatchServers", request);
    reader.end();
    await reader.begun;
    const changes = 20 * streamQueueMax;
    for (let count = 0; count < changes; count += 1) {
      wire.story.monitor.announce(wire.story.server);
      if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const { trailers, bytes } = await reader.readOn();
    expect(trailers["grpc-status"]).toBe(String(Code.RESOURCE_EXHAUSTED));
    // A server takes about 200 bytes.
    expect(bytes).toBeLessThan(streamQueueMax * 1000);
  });
});

describe("WatchSignals", () => {
  test("sends every stored signal exactly once, in order, and then new ones", async () => {
    const wire = await wired({ journal: journalOf(2500), settings: quiet });
    const messages = collect(wire.client.watchSignals({ serverId: "", afterSignalId: 0n }));
    // New ones come while the watch still catches up.
    await until(() => messages.length > 0);
    signal(wire, 3);
    await until(() => messages.length >= 2503);
    signal(wire, 2);
    await until(() => messages.length >= 2505);
    const ids = messages.map(({ signal: record }) => record?.signalId);
    expect(ids).toEqual(idsFrom(1, 2505));
  });

  test("resumes after an id, and a client that resumes gets each signal exactly once", async () => {
    const wire = await wired({ journal: journalOf(1700), settings: quiet });
    const ids: (bigint | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      const stream = wire.client.watchSignals({ serverId: "", afterSignalId: ids.at(-1) ?? 0n });
      const messages = collect(stream);
      await until(() => messages.length > 0);
      stream.cancel();
      ids.push(...messages.map(({ signal: record }) => record?.signalId));
      signal(wire, 1);
    }
    const rest = collect(
      wire.client.watchSignals({ serverId: "", afterSignalId: ids.at(-1) ?? 0n }),
    );
    await until(() => ids.length + rest.length >= 1704);
    ids.push(...rest.map(({ signal: record }) => record?.signalId));
    expect(ids).toEqual(idsFrom(1, 1704));
  });

  test("of one server sends its signals only", async () => {
    const others = [sampleSettings({ serverId: "server-0", ...quiet })];
    const wire = await wired({ journal: journalOf(20), settings: quiet, others });
    const messages = collect(wire.client.watchSignals({ serverId: "server-0", afterSignalId: 2n }));
    signal(wire, 1);
    const moment = { nowMs: 0, wallMs: 0 };
    wire.story.monitor.servers.get("server-0")?.take({ ...goodHeartbeat, ...moment });
    await until(() => messages.length >= 4);
    const ids = messages.map(({ signal: record }) => record?.signalId);
    expect(ids).toEqual([6n, 11n, 16n, 22n]);
  });

  test("after an id that does not exist yet waits for the one behind it", async () => {
    const wire = await wired({ settings: quiet });
    const messages = collect(wire.client.watchSignals({ serverId: "", afterSignalId: 2n }));
    await wire.getServer();
    signal(wire, 3);
    await until(() => messages.length > 0);
    expect(messages.map(({ signal: record }) => record?.signalId)).toEqual([3n]);
  });

  test("lets a reader that catches up take its time, with a bounded queue", async () => {
    const count = 5000;
    const wire = await wired({ journal: journalOf(count), settings: quiet });
    const request = WatchSignalsRequest.encode({ serverId: "", afterSignalId: 0n }).finish();
    const read = vi.spyOn(wire.story.monitor.parts.journal, "listSignalsAfter");
    using reader = openStoppedReader(wire.address, "WatchSignals", request);
    reader.end();
    await reader.begun;
    // Other calls go on, and however many they are, no more is read for a reader that does not.
    for (let round = 0; round < 50; round += 1) await wire.getServer();
    expect(read.mock.calls.length).toBeLessThan(10);
    const all = reader.readOn();
    await until(() => read.mock.calls.length > count / 200);
    // One that has caught up is a watcher like any other.
    signal(wire, 1);
    await wire.getServer();
    reader.cancel();
    expect((await all).bytes).toBeGreaterThan(count * 100);
  });

  test("of a reader that does not read ends as SLOW_READER, with a bounded queue", async () => {
    const wire = await wired({ settings: quiet });
    signal(wire, 1);
    const request = WatchSignalsRequest.encode({ serverId: "", afterSignalId: 0n }).finish();
    using reader = openStoppedReader(wire.address, "WatchSignals", request);
    reader.end();
    await reader.begun;
    for (let round = 0; round < 60; round += 1) {
      signal(wire, 100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { trailers, bytes } = await reader.readOn();
    expect(trailers["grpc-status"]).toBe(String(Code.RESOURCE_EXHAUSTED));
    expect(bytes).toBeLessThan(streamQueueMax * 1000);
  });
});

test.each(["watchServers", "watchSignals"] as const)(
  "%s leaves nothing behind when its reader goes away",
  async (method) => {
    const wire = await wired();
    const unsubscribed = vi.fn<() => void>();
    const subscribe = wire.story.monitor.subscribe.bind(wire.story.monitor);
    vi.spyOn(wire.story.monitor, "subscribe").mockImplementation((watcher) => {
      const unsubscribe = subscribe(watcher);
      return () => {
        unsubscribe();
        unsubscribed();
      };
    });
    const stream = wire.client[method]({ serverId: "", afterSignalId: 0n });
    stream.on("error", () => {});
    stream.on("data", () => {});
    await until(() => vi.mocked(wire.story.monitor.subscribe).mock.calls.length === 1);
    stream.cancel();
    await until(() => unsubscribed.mock.calls.length === 1);
    expect((await wire.getServer()).state).toBe(ServerState.SERVER_STATE_WAITING);
  },
);

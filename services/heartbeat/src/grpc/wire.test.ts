// The heartbeat service on real connections: a fake monitor and a fake channels service on
// loopback.

import { createServer, type Socket } from "node:net";
import { status as Code } from "@grpc/grpc-js";
import { openSystemClock, readBootId } from "@hot-backup/kit/clock.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  type CloseServerRequest,
  HeartbeatServiceClient,
  StreamState,
} from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import type { Grant } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import type { BeatSettings } from "../core/beat-state.ts";
import { createLoop } from "../loop.ts";
import { openChannels } from "./channels-client.ts";
import { openFakeChannels } from "./fake-channels.fixture.ts";
import { openFakeMonitor } from "./fake-monitor.fixture.ts";
import { createMonitors } from "./monitor-stream.ts";
import { createHeartbeatService } from "./service.ts";

const log = openLog("heartbeat", { server: "primary-1", level: "fatal" });
const clock = openSystemClock();
const patience = { timeout: 10_000, interval: 5 };
const actor = { name: "anna", reason: "a test" };

const lease: Grant = {
  order: { serverId: "primary-1", term: 3n, journalId: "journal-a" },
  decision: { $case: "lease", value: toDuration(750) },
};

/** The whole service between two fakes, with its own address. */
async function begin(changes: Partial<BeatSettings> = {}) {
  const monitor = await openFakeMonitor();
  const channels = await openFakeChannels(log);
  const identity = {
    serverId: "primary-1",
    group: "two-servers",
    lifeId: "life-1",
    host: "localhost",
    protection: "lease",
    intervalMs: 20,
  } as const;
  const { serverId, intervalMs } = identity;
  const client = openChannels(channels.address, { serverId, bootId: readBootId() });
  const settings: BeatSettings = {
    serverId,
    intervalMs,
    addresses: [monitor.address],
    protection: "lease",
    silenceMs: 300,
    reconnectFirstMs: 20,
    reconnectMaxMs: 100,
    stopsOnFailedChannel: false,
    stopMs: 2000,
    closeMs: 2000,
    ...changes,
  };
  const surroundings = { nowMs: clock.nowMs, bootMs: clock.bootMs, chance: Math.random };
  const monitors = createMonitors(identity);
  const loop = createLoop(settings, { monitors, channels: client, surroundings, log });
  const service = createHeartbeatService({ loop, identity, log, clock });
  const server = await serve("127.0.0.1:0", { services: [service], log });
  const operator = dial(HeartbeatServiceClient, server.address);
  onTestFinished(async () => {
    loop.detach();
    client[Symbol.dispose]();
    operator.close();
    await server.close(0);
    await monitor[Symbol.asyncDispose]();
    await channels[Symbol.asyncDispose]();
  });
  loop.start();
  const status = () =>
    call(operator.getHeartbeatStatus.bind(operator), {}, { what: "status", deadlineMs: 5000 });
  const close = (request: Partial<CloseServerRequest>) =>
    call(
      operator.closeServer.bind(operator),
      { actor, detach: false, ...request },
      { what: "close", deadlineMs: 10_000 },
    );
  return { monitor, channels, loop, status, close };
}

/** The same, with a lease that the monitor knows to be held. */
async function beginWithLease(changes: Partial<BeatSettings> = {}) {
  const service = await begin(changes);
  service.monitor.grants = [lease];
  await vi.waitFor(
    () => expect(service.monitor.heartbeats.at(-1)?.lease?.state?.$case).toBe("held"),
    patience,
  );
  return service;
}

test("heartbeats say who sends them, and acknowledge the answers of their stream", async () => {
  const { monitor } = await begin();
  await vi.waitFor(() => expect(monitor.heartbeats.length).toBeGreaterThan(5), patience);
  const sequences = monitor.heartbeats.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, index) => BigInt(index + 1)));
  const last = monitor.heartbeats.at(-1);
  expect(last).toMatchObject({ serverId: "primary-1", group: "two-servers", lifeId: "life-1" });
  expect(last?.acknowledged).toBeGreaterThan(0n);
  await vi.waitFor(
    () =>
      expect(monitor.heartbeats.at(-1)).toMatchObject({
        channelsAnswering: true,
        holder: "boot/1/2",
      }),
    patience,
  );
});

test("a granted lease is passed on with boot id, order and a deadline to come", async () => {
  const { channels } = await beginWithLease();
  const renewal = channels.requests.find(({ decision }) => decision?.$case === "deadline");
  expect(renewal).toMatchObject({ bootId: readBootId(), order: lease.order });
  const value = renewal?.decision?.$case === "deadline" ? renewal.decision.value : undefined;
  const deadlineMs = Number(value?.seconds) * 1000 + (value?.nanos ?? 0) / 1e6;
  expect(deadlineMs).toBeLessThanOrEqual(clock.bootMs() + 750);
  expect(deadlineMs).toBeGreaterThan(clock.bootMs() - 10_000);
});

test("a new stream cuts the lease before its first heartbeat", async () => {
  const { monitor, channels } = await beginWithLease();
  const serialBefore = channels.requests.at(-1)?.streamSerial ?? 0n;
  channels.requests.length = 0;
  monitor.heartbeats.length = 0;
  monitor.hangUp();
  await vi.waitFor(() => expect(monitor.heartbeats[0]?.sequence).toBeDefined(), patience);
  await vi.waitFor(() => expect(monitor.streams).toHaveLength(1), patience);
  // While a slow connection comes about, the channels service is asked how it is.
  const ofNewStream = channels.requests
    .filter(({ streamSerial }) => streamSerial > serialBefore)
    .flatMap(({ decision }) => decision?.$case ?? []);
  expect(ofNewStream.find((each) => each !== "probe")).toBe("cut");
});

test("heartbeats of a dead hand go on and say so", async () => {
  const { monitor, channels } = await beginWithLease();
  channels.isAnswering = false;
  await vi.waitFor(
    () => expect(monitor.heartbeats.at(-1)?.channelsAnswering).toBe(false),
    patience,
  );
  const count = monitor.heartbeats.length;
  await vi.waitFor(() => expect(monitor.heartbeats.length).toBeGreaterThan(count + 3), patience);
});

test("a change of a channel is told before the next interval", async () => {
  const { monitor, channels } = await begin({ intervalMs: 5000 });
  await vi.waitFor(() => expect(monitor.heartbeats.at(-1)?.channelsAnswering).toBe(true), patience);
  channels.activity = Activity.ACTIVITY_FAILED;
  // The watch may still be on its way to the service.
  await vi.waitFor(
    () => {
      channels.change();
      expect(monitor.heartbeats.at(-1)?.channels[0]?.activity).toBe(Activity.ACTIVITY_FAILED);
    },
    { timeout: 4000, interval: 20 },
  );
});

test("a black-holed monitor is left for the next address", async () => {
  const sockets = new Set<Socket>();
  const blackHole = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => blackHole.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    blackHole.close();
  });
  const address = blackHole.address();
  const port = typeof address === "object" ? address?.port : 0;
  const second = await openFakeMonitor();
  onTestFinished(() => second[Symbol.asyncDispose]());
  const { status } = await begin({ addresses: [`127.0.0.1:${port}`, second.address] });
  await vi.waitFor(() => expect(second.heartbeats.length).toBeGreaterThan(2), patience);
  expect(sockets.size).toBeGreaterThan(0);
  // What was wrong with the first one is over.
  expect(await status()).toMatchObject({ monitor: second.address, lastError: "" });
});

test("a monitor that stops answering on a good stream is left for the next address", async () => {
  const second = await openFakeMonitor();
  onTestFinished(() => second[Symbol.asyncDispose]());
  const first = await openFakeMonitor();
  onTestFinished(() => first[Symbol.asyncDispose]());
  await begin({ addresses: [first.address, second.address] });
  await vi.waitFor(() => expect(first.heartbeats.length).toBeGreaterThan(2), patience);
  first.isAnswering = false;
  await vi.waitFor(() => expect(second.heartbeats.length).toBeGreaterThan(2), patience);
});

test("a refusal is shown with its reason, and tried again", async () => {
  const { monitor, status } = await begin();
  await vi.waitFor(() => expect(monitor.heartbeats.length).toBeGreaterThan(1), patience);
  monitor.refusal = "OTHER_HOLDER";
  monitor.hangUp();
  await vi.waitFor(
    async () => expect((await status()).lastError).toMatch("OTHER_HOLDER"),
    patience,
  );
  expect(await status()).toMatchObject({ state: StreamState.STREAM_STATE_CONNECTING });
  monitor.refusal = "";
  await vi.waitFor(
    async () => expect((await status()).state).toBe(StreamState.STREAM_STATE_OPEN),
    patience,
  );
});

test("an orderly close ends the lease, waits for the channels, and then says close", async () => {
  const { monitor, channels, close } = await beginWithLease();
  channels.stopsOnWithdraw = false;
  const closing = close({});
  await vi.waitFor(() => expect(channels.kinds()).toContain("withdraw"), patience);
  expect(monitor.closes).toEqual([]);
  channels.activity = Activity.ACTIVITY_STOPPED;
  channels.change();
  expect(await closing).toEqual({ confirmedStopped: true, closeAnswered: true });
  expect(monitor.closes).toMatchObject([{ actor, confirmedStopped: true }]);
  const afterWithdraw = channels.kinds().slice(channels.kinds().indexOf("withdraw"));
  expect(afterWithdraw).not.toContain("deadline");
});

test("a close with a dead channels service waits until the lease is over", async () => {
  const { monitor, channels, close } = await beginWithLease();
  channels.leaseLeftMs = 400;
  await vi.waitFor(() => {
    const state = monitor.heartbeats.at(-1)?.lease?.state;
    const timeLeft = state?.$case === "held" ? state.value.timeLeft : undefined;
    expect(timeLeft?.seconds).toBe(0n);
  }, patience);
  channels.isAnswering = false;
  expect(await close({})).toEqual({ confirmedStopped: false, closeAnswered: true });
  // The clock of leases tells hundredths of a second.
  expect(performance.now() - channels.answeredAtMs).toBeGreaterThan(400 - 20);
  expect(monitor.closes).toMatchObject([{ confirmedStopped: false }]);
});

test("a server is closed once", async () => {
  const { channels, close } = await beginWithLease();
  channels.stopsOnWithdraw = false;
  const closing = close({});
  await vi.waitFor(() => expect(channels.kinds()).toContain("withdraw"), patience);
  const second = await close({}).catch((error: unknown) => error);
  expect(second).toBeInstanceOf(CallFailed);
  expect(second).toMatchObject({ code: Code.FAILED_PRECONDITION, reason: "ALREADY_CLOSING" });
  channels.activity = Activity.ACTIVITY_STOPPED;
  channels.change();
  await closing;
});

test("a detached service says no close and leaves the lease alone", async () => {
  const { monitor, channels, close } = await beginWithLease();
  channels.requests.length = 0;
  expect(await close({ detach: true })).toEqual({ confirmedStopped: false, closeAnswered: false });
  expect(monitor.closes).toEqual([]);
  expect(channels.kinds()).not.toContain("withdraw");
});

test.each([
  { actor: { name: "anna", reason: "two\nlines" }, field: "actor.reason" },
  { actor: { name: "a".repeat(129), reason: "long" }, field: "actor.name" },
  { actor: { name: "anna", reason: "x".repeat(1025) }, field: "actor.reason" },
])("a close by $actor is bad input and closes nothing", async ({ actor, field }) => {
  const { close, loop } = await begin();
  const error = await close({ actor }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_INPUT" });
  expect(String(error)).toContain(field);
  expect(loop.state().closing).toBeUndefined();
});

test("a close without an actor is an operator's", async () => {
  const { monitor, close } = await beginWithLease();
  expect(await close({ actor: undefined })).toMatchObject({ closeAnswered: true });
  expect(monitor.closes[0]?.actor).toMatchObject({ name: "an operator" });
});

test("the status tells the stream, the lease and the round trip", async () => {
  const { status, monitor } = await beginWithLease();
  expect(await status()).toMatchObject({
    serverId: "primary-1",
    group: "two-servers",
    lifeId: "life-1",
    state: StreamState.STREAM_STATE_OPEN,
    monitor: monitor.address,
    streams: 1n,
    channelsAnswering: true,
    unfitBecause: "",
    lastError: "",
    monitorView: "LIVE",
    lease: { highest: lease.order, state: { $case: "held" } },
  });
  const { sent, answered, roundTrip } = await status();
  expect(sent).toBeGreaterThanOrEqual(answered);
  expect(answered).toBeGreaterThan(0n);
  expect(roundTrip).toBeDefined();
});

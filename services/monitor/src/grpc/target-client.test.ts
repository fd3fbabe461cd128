import { expect, onTestFinished, test } from "vitest";
import { Failure } from "@hot-backup/kit/errors.ts";
import { type Outlet, serverStream, unary } from "@hot-backup/kit/grpc-handlers.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import {
  Activity,
  Channel,
  ChannelResult,
  ChannelServiceService,
  type ListChannelsRequest,
  type ListChannelsResponse,
  type StartChannelsRequest,
  type StartChannelsResponse,
  type StopChannelsRequest,
  type StopChannelsResponse,
  type WatchChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { termMax } from "../core/term.ts";
import type { TargetObservation } from "../ports.ts";
import { openTargets } from "./target-client.ts";

const log = openLog("test", { server: "test", level: "fatal" });
const never = new AbortController().signal;
const order = {
  target: "backup-1",
  serverId: "primary-1",
  term: 7n,
  names: ["orders"],
  actor: { name: "flow", reason: "DEAD" },
};

/** What a fake channels service does; what it leaves out fails. */
interface Fake {
  start?(request: StartChannelsRequest, signal: AbortSignal): Promise<StartChannelsResponse>;
  stop?(request: StopChannelsRequest): Promise<StopChannelsResponse>;
  list?(request: ListChannelsRequest): Promise<ListChannelsResponse>;
  watch?(outlet: Outlet<WatchChannelsResponse>): Promise<void>;
}

async function serveFake(fake: Fake, address = "127.0.0.1:0") {
  const unexpected = () => Promise.reject(new Error("not expected"));
  const implementation = {
    startChannels: unary<StartChannelsRequest, StartChannelsResponse>(log, (request, { signal }) =>
      (fake.start ?? unexpected)(request, signal),
    ),
    stopChannels: unary<StopChannelsRequest, StopChannelsResponse>(log, (request) =>
      (fake.stop ?? unexpected)(request),
    ),
    listChannels: unary<ListChannelsRequest, ListChannelsResponse>(log, (request) =>
      (fake.list ?? unexpected)(request),
    ),
    watchChannels: serverStream<unknown, WatchChannelsResponse>(log, (_, outlet) =>
      (fake.watch ?? unexpected)(outlet),
    ),
  };
  const server = await serve(address, {
    services: [{ definition: ChannelServiceService, implementation }],
    log,
  });
  onTestFinished(() => server.close(0));
  return server;
}

function connect(address: string) {
  const targets = openTargets(new Map([["backup-1", address]]), {
    wallMs: Date.now,
    journalId: "journal-1",
    monitorOf: ["primary-1"],
    log,
  });
  onTestFinished(() => targets[Symbol.dispose]());
  return targets;
}

async function connectTo(fake: Fake) {
  return connect((await serveFake(fake)).address);
}

function result(name: string, over: Partial<ChannelResult> = {}): ChannelResult {
  return ChannelResult.fromPartial({
    name,
    activity: Activity.ACTIVITY_STARTED,
    ok: true,
    ...over,
  });
}

function channel(name: string, activity: Activity = Activity.ACTIVITY_STARTED): Channel {
  return Channel.fromPartial({
    definition: { name, protectedBy: "primary-1" },
    activity,
    order: { term: 7n },
  });
}

test("an order carries server, term and journal, and its outcome comes back", async () => {
  const seen: StartChannelsRequest[] = [];
  const targets = await connectTo({
    start: (request) => {
      seen.push(request);
      return Promise.resolve({ results: [result("orders")] });
    },
  });
  expect(await targets.start(order, never)).toEqual({
    kind: "answered",
    channels: [{ name: "orders", activity: "STARTED", isOk: true, error: "", lastLines: [] }],
  });
  expect(seen).toEqual([
    {
      names: ["orders"],
      order: { serverId: "primary-1", term: 7n, journalId: "journal-1" },
      actor: { name: "flow", reason: "DEAD" },
    },
  ]);
});

test("a start that says nothing about a channel has not started it", async () => {
  const targets = await connectTo({ start: () => Promise.resolve({ results: [result("a1")] }) });
  const answer = await targets.start({ ...order, names: ["a*", "b*", "orders"] }, never);
  expect(answer).toMatchObject({
    channels: [
      { name: "a1", isOk: true },
      { name: "b*", isOk: false },
      { name: "orders", isOk: false, error: '"backup-1" has no such channel of primary-1' },
    ],
  });
});

function refuseAsStale(highestTerm: bigint): Fake {
  const metadata = {
    serverId: "primary-1",
    highestTerm: String(highestTerm),
    highestJournalId: "journal-0",
  };
  const failure = new Failure("refused", { message: "old", reason: "STALE_TERM", metadata });
  return { start: () => Promise.reject(failure) };
}

test("a refusal for a newer order is stale, with what the target has seen", async () => {
  const targets = await connectTo(refuseAsStale(termMax));
  expect(await targets.start(order, never)).toEqual({
    kind: "stale",
    highestTerm: termMax,
    highestJournalId: "journal-0",
  });
});

test.each([termMax + 1n, 2n ** 64n - 1n])(
  "a refusal for a term of %s is a failure: nobody could go above it for long",
  async (highestTerm) => {
    const targets = await connectTo(refuseAsStale(highestTerm));
    expect(await targets.start(order, never)).toMatchObject({ kind: "failed" });
  },
);

test("a refusal that does not say what the target has seen is a failure", async () => {
  const refusal = new Failure("refused", { message: "old", reason: "STALE_TERM" });
  const targets = await connectTo({ start: () => Promise.reject(refusal) });
  expect(await targets.start(order, never)).toMatchObject({ kind: "failed" });
});

test("any other failure is told to people, and remembered until a call succeeds", async () => {
  let isBroken = true;
  const broken = new Failure("unavailable", { message: "Disk full", reason: "DISK" });
  const targets = await connectTo({
    start: () =>
      isBroken ? Promise.reject(broken) : Promise.resolve({ results: [result("orders")] }),
  });
  const error = 'Cannot start channels on "backup-1": Disk full';
  expect(await targets.start(order, never)).toEqual({ kind: "failed", error });
  expect(targets.lastErrorOf("backup-1")).toBe(error);
  isBroken = false;
  await targets.start(order, never);
  expect(targets.lastErrorOf("backup-1")).toBe("");
});

test("a target that is not there fails, and the next order finds it when it is", async () => {
  const server = await serveFake({});
  const { address } = server;
  await server.close(0);
  const targets = connect(address);
  expect(await targets.start(order, never)).toMatchObject({
    kind: "failed",
    error: expect.stringContaining("ECONNREFUSED"),
  });
  await serveFake({ start: () => Promise.resolve({ results: [result("orders")] }) }, address);
  await expect
    .poll(() => targets.start(order, never), { timeout: 10_000 })
    .toMatchObject({ kind: "answered" });
});

test("an order that is cancelled ends here and there, and blames nobody", async () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  const targets = await connectTo({
    start: async (_, signal) => {
      arrived.resolve(signal);
      await aborted(signal);
      return { results: [] };
    },
  });
  const cancel = new AbortController();
  const answer = targets.start(order, cancel.signal);
  const there = await arrived.promise;
  cancel.abort();
  expect(await answer).toMatchObject({ kind: "failed" });
  await aborted(there);
  expect(targets.lastErrorOf("backup-1")).toBe("");
});

test("an order for an unknown target fails", async () => {
  const targets = connect("127.0.0.1:1");
  const error = 'There is no target "far"';
  expect(await targets.stop({ ...order, target: "far" }, never)).toEqual({ kind: "failed", error });
});

const stopped = result("orders", { activity: Activity.ACTIVITY_STOPPED });
const stored = { serverId: "primary-1", term: 7n, journalId: "journal-1" };

test("a stop counts when it repeats its order, and an empty one too", async () => {
  const results = [[stopped], []];
  const targets = await connectTo({
    stop: () => Promise.resolve({ results: results.shift() ?? [], order: stored }),
  });
  expect(await targets.stop(order, never)).toMatchObject({ channels: [{ isOk: true }] });
  expect(await targets.stop(order, never)).toEqual({ kind: "answered", channels: [] });
});

test.each([
  ["no order", undefined],
  ["another term", { ...stored, term: 6n }],
  ["another journal", { ...stored, journalId: "journal-0" }],
])("a stop that confirms %s counts for nothing", async (_, confirmed) => {
  const targets = await connectTo({
    stop: () => Promise.resolve({ results: [stopped], order: confirmed }),
  });
  expect(await targets.stop(order, never)).toEqual({
    kind: "failed",
    error: 'Cannot stop channels on "backup-1": its answer does not confirm the order of term 7',
  });
});

test("a channel with a process left is not stopped, whatever the answer says", async () => {
  const results = [result("orders", { activity: Activity.ACTIVITY_STOPPING })];
  const targets = await connectTo({ stop: () => Promise.resolve({ results, order: stored }) });
  expect(await targets.stop(order, never)).toMatchObject({
    channels: [{ isOk: false, error: "it is still STOPPING" }],
  });
});

test("a channel that is not deployed on the target is stopped there", async () => {
  const gone = {
    activity: Activity.ACTIVITY_STOPPED,
    ok: false,
    error: "not deployed here",
    reason: "UNKNOWN_CHANNEL",
  };
  const results = [
    result("orders", gone),
    result("invoices", { ...gone, activity: Activity.ACTIVITY_UNSPECIFIED }),
    result("foreign", { ...gone, reason: "NOT_PROTECTED" }),
    result("odd", { ...gone, activity: Activity.ACTIVITY_STOPPING }),
  ];
  const targets = await connectTo({ stop: () => Promise.resolve({ results, order: stored }) });
  expect(await targets.stop(order, never)).toMatchObject({
    channels: [
      { name: "orders", activity: "STOPPED", isOk: true, error: "" },
      { name: "invoices", activity: "STOPPED", isOk: true, error: "" },
      { name: "foreign", isOk: false, error: "not deployed here" },
      { name: "odd", isOk: false },
    ],
  });
});

test("of what a channel says only so much is kept that thousands can be told", async () => {
  const long = "x".repeat(8192);
  const lastLines = Array.from({ length: 30 }, () => long);
  const results = [result("orders", { ok: false, error: long, lastLines })];
  const targets = await connectTo({ start: () => Promise.resolve({ results }) });
  expect(await targets.start(order, never)).toMatchObject({
    channels: [
      {
        error: "x".repeat(1000),
        lastLines: Array.from({ length: 20 }, () => "x".repeat(1000)),
      },
    ],
  });
});

test("a channel that is not deployed on the target cannot be started there", async () => {
  const gone = { activity: Activity.ACTIVITY_STOPPED, ok: false, reason: "UNKNOWN_CHANNEL" };
  const results = [result("orders", gone)];
  const targets = await connectTo({ start: () => Promise.resolve({ results }) });
  expect(await targets.start(order, never)).toMatchObject({
    channels: [{ name: "orders", isOk: false }],
  });
});

test("a target is ready when it has every named channel, on whatever page", async () => {
  const pages = new Map([
    ["", { channels: [channel("invoices")], nextPageToken: "2" }],
    ["2", { channels: [channel("orders")], nextPageToken: "" }],
  ]);
  const targets = await connectTo({
    list: ({ pageToken, protectedBy }) => {
      expect(protectedBy).toBe("primary-1");
      return Promise.resolve({
        channels: [],
        leases: [],
        overrides: [],
        ...pages.get(pageToken),
      } as never);
    },
  });
  const ask = (names: string[]) => targets.readiness("backup-1", { serverId: "primary-1", names });
  expect(await ask(["orders", "inv*"])).toBe("");
  expect(await ask(["orders", "x*", "y"])).toBe(
    'Target "backup-1" is not ready: it has no channel of primary-1 named x*, y',
  );
});

test("a target that does not answer is not ready, within two seconds", async () => {
  const targets = await connectTo({ list: () => new Promise(() => {}) });
  const why = await targets.readiness("backup-1", { serverId: "primary-1", names: ["orders"] });
  expect(why).toMatch(/^Target "backup-1" is not ready: /);
});

/** Watches, with all that was observed so far. */
function watch(targets: ReturnType<typeof connect>) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const observed: TargetObservation[] = [];
  targets.watch((observation) => observed.push(observation), stop.signal);
  return { observed, stop };
}

function snapshot(...channels: Channel[]): WatchChannelsResponse {
  return { event: { $case: "snapshot", value: { channels } } };
}

const wait = { timeout: 10_000 };
const started = {
  name: "orders",
  protectedBy: "primary-1",
  activity: "STARTED",
  term: 7n,
  isOverridden: false,
  digest: "",
};

test("a watch tells all channels first, then each change", async () => {
  const targets = await connectTo({
    watch: async (outlet) => {
      outlet.send(snapshot(channel("orders"), channel("invoices")));
      const failed = channel("orders", Activity.ACTIVITY_FAILED);
      outlet.send({ event: { $case: "changed", value: failed } });
      outlet.send({ event: { $case: "undeployed", value: "orders" } });
      await aborted(outlet.signal);
    },
  });
  const { observed } = watch(targets);
  await expect.poll(() => observed.length, wait).toBe(3);
  const invoices = { ...started, name: "invoices" };
  expect(observed).toEqual([
    { target: "backup-1", channels: [started, invoices], isSnapshot: true },
    { target: "backup-1", channels: [{ ...started, activity: "FAILED" }], isSnapshot: false },
    { target: "backup-1", channels: [invoices], isSnapshot: true },
  ]);
});

test("a watch that breaks is begun anew, however it broke, and tells all again", async () => {
  const ends: (() => Promise<void>)[] = [
    () => Promise.reject(new Failure("exhausted", { message: "slow", reason: "SLOW_READER" })),
    () => Promise.resolve(),
  ];
  const targets = await connectTo({
    watch: async (outlet) => {
      outlet.send(snapshot(channel("orders")));
      await (ends.shift() ?? (() => aborted(outlet.signal)))();
    },
  });
  const { observed } = watch(targets);
  await expect.poll(() => observed.length, wait).toBe(3);
  expect(observed.every(({ isSnapshot }) => isSnapshot)).toBe(true);
});

test("a watch outlives its target, and the loss is told meanwhile", async () => {
  const fake: Fake = {
    watch: async (outlet) => {
      outlet.send(snapshot(channel("orders")));
      await aborted(outlet.signal);
    },
  };
  const first = await serveFake(fake);
  const targets = connect(first.address);
  const { observed } = watch(targets);
  await expect.poll(() => observed.length, wait).toBe(1);
  await first.close(0);
  await expect.poll(() => targets.lastErrorOf("backup-1"), wait).toMatch(/^Cannot watch channels/);
  expect(observed).toHaveLength(1);
  await serveFake(fake, first.address);
  await expect.poll(() => observed.length, wait).toBe(2);
  expect(targets.lastErrorOf("backup-1")).toBe("");
});

test("a watch that is stopped tells nothing more", async () => {
  const ended = Promise.withResolvers<void>();
  const targets = await connectTo({
    watch: async (outlet) => {
      outlet.send(snapshot());
      await aborted(outlet.signal);
      ended.resolve();
    },
  });
  const { observed, stop } = watch(targets);
  await expect.poll(() => observed.length, wait).toBe(1);
  stop.abort();
  await ended.promise;
  expect(observed).toHaveLength(1);
  expect(targets.lastErrorOf("backup-1")).toBe("");
});

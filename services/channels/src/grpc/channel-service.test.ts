// Every method over real gRPC, with real programs behind it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { type GrpcServer, serve } from "@hot-backup/kit/grpc-serve.ts";
import { BadRequest } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";
import * as wire from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { restore } from "../core/durable.ts";
import { settings } from "../core/fixtures.ts";
import { openChannelLogs } from "../logs/channel-log.ts";
import { type Loop, startLoop } from "../loop.ts";
import { openProcessRuntime } from "../runtimes/process.ts";
import { openProbe } from "../runtimes/readiness.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { createChannelService } from "./channel-service.ts";

const folder = mkdtempSync(join(tmpdir(), "hot-backup-wire-"));
const clock = openSystemClock();
const bootId = "b0071d";
const { Activity, Activation } = wire;
let loop: Loop;
let server: GrpcServer;
let client: wire.ChannelServiceClient;
let close: () => Promise<void>;

beforeAll(async () => {
  const log = pino({ level: "silent" });
  const store = openSqliteStore(join(folder, "channels.db"));
  const programs = { serverId: "a", dataFolder: folder, storeId: store.storeId };
  const runtime = await openProcessRuntime({ ...programs, clock });
  const onLost = () => undefined;
  const logs = openChannelLogs({ folder, bytesMax: 65_536, wallMs: clock.wallMs, onLost });
  const probe = openProbe({ ...programs, nowMs: clock.nowMs });
  const initial = restore(store.load(), settings, 0);
  loop = startLoop({ initial, clock, store, runtime, probe, logs, log });
  const holder = `${bootId}/${store.place}`;
  const service = createChannelService({ loop, logs, clock, log, serverId: "a", bootId, holder });
  server = await serve("127.0.0.1:0", { services: [service], log });
  client = dial(wire.ChannelServiceClient, server.address);
  close = async () => {
    client.close();
    await loop.stop();
    await server.close(100);
    await runtime.close();
    await logs.close();
    store[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  };
});
afterAll(() => close());

const options = { what: "call", deadlineMs: 15_000 };
const order = (serverId: string, term: bigint, journalId = "j") => ({ serverId, term, journalId });

function definition(name: string, script = "exec sleep 1000", more: object = {}) {
  const value = { command: ["sh", "-c", script] };
  return { name, runtime: { $case: "process", value }, ...more };
}

function deploy(given: object, activation: wire.Activation = Activation.ACTIVATION_INACTIVE) {
  const request = wire.DeployChannelRequest.fromPartial({ definition: given, activation });
  return call(client.deployChannel.bind(client), request, options);
}

const start = (request: object) =>
  call(client.startChannels.bind(client), wire.StartChannelsRequest.fromPartial(request), options);
const stop = (request: object) =>
  call(client.stopChannels.bind(client), wire.StopChannelsRequest.fromPartial(request), options);
const get = (name: string) => call(client.getChannelState.bind(client), { name }, options);
const list = (request: object) =>
  call(client.listChannels.bind(client), wire.ListChannelsRequest.fromPartial(request), options);
const undeploy = (name: string) =>
  call(client.undeployChannel.bind(client), { name, actor: undefined }, options);

function renew(request: object) {
  const whole = wire.RenewLeaseRequest.fromPartial({ serverId: "a", bootId, ...request });
  return call(client.renewLease.bind(client), whole, options);
}

async function failureOf(answer: Promise<unknown>): Promise<CallFailed> {
  const failure: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof CallFailed) return failure;
  throw new Error("the call did not fail", { cause: failure });
}

function violatedFields(failure: CallFailed): string[] {
  const [bytes] = (failure.cause as ServiceError).metadata.get("grpc-status-details-bin");
  const details = Status.decode(bytes as Buffer).details;
  const found = details.find((each) => each.typeUrl.endsWith(".BadRequest"));
  const fields = found && BadRequest.decode(found.value).fieldViolations;
  return (fields ?? []).map((each) => each.field);
}

async function firstOf<T>(
  stream: ClientReadableStream<T>,
  isMeant: (each: T) => boolean,
): Promise<T> {
  stream.on("error", () => undefined);
  for await (const each of stream) if (isMeant(each as T)) return each as T;
  throw new Error("the stream ended");
}

test("a deployed ACTIVE local channel starts, and is STARTED when its check succeeds", async () => {
  const readiness = {
    check: { $case: "command", value: { command: ["test", "-e", join(folder, "go")] } },
    interval: toDuration(5),
  };
  await deploy(definition("slow", undefined, { readiness }), Activation.ACTIVATION_ACTIVE);
  const waiting = start({ names: ["slow"] });
  expect((await get("slow")).channel?.activity).toBe(Activity.ACTIVITY_STARTING);
  writeFileSync(join(folder, "go"), "");
  expect((await waiting).results).toMatchObject([{ name: "slow", ok: true }]);
  const { channel } = await get("slow");
  expect(channel).toMatchObject({ activity: Activity.ACTIVITY_STARTED, digest: /^[0-9a-f]{64}$/ });
  expect(channel?.pid).toBeGreaterThan(0);
  await undeploy("slow");
});

test("a start that fails answers with the reason and the last lines", async () => {
  const more = {
    restart: { attemptsMax: 0 },
    readiness: { check: { $case: "command", value: { command: ["false"] } } },
  };
  await deploy(definition("broken", "echo no such table; exit 3", more));
  const { results } = await start({ names: ["broken"] });
  expect(results).toMatchObject([
    {
      ok: false,
      reason: "CHANNEL_FAILED",
      error: "exited with code 3",
      lastLines: ["no such table"],
    },
  ]);
  expect((await get("broken")).channel).toMatchObject({
    activity: Activity.ACTIVITY_FAILED,
    lastFailure: { reason: "exited with code 3" },
  });
  await undeploy("broken");
});

test("a stale order is refused with the highest one, and changes nothing", async () => {
  await deploy(definition("lent", undefined, { protectedBy: "b" }));
  expect((await stop({ names: ["*"], order: order("b", 5n) })).order).toEqual(order("b", 5n));
  for (const stale of [order("b", 4n), order("b", 5n, "other")]) {
    const failure = await failureOf(start({ names: ["lent"], order: stale }));
    expect(failure).toMatchObject({
      reason: "STALE_TERM",
      metadata: { serverId: "b", highestTerm: "5", highestJournalId: "j" },
    });
  }
  expect((await get("lent")).channel?.activity).toBe(Activity.ACTIVITY_STOPPED);
});

test("an ordered start reaches only what its server protects, and brings the term to the program", async () => {
  await deploy(definition("local"));
  await deploy(
    definition("lent", 'echo "$HOT_BACKUP_TERM"; exec sleep 1000', { protectedBy: "b" }),
  );
  const answer = await start({ names: ["lent", "local", "gone"], order: order("b", 6n) });
  expect(answer.results.map((each) => each.reason)).toEqual([
    "",
    "NOT_PROTECTED",
    "UNKNOWN_CHANNEL",
  ]);
  const request = { name: "lent", tailLines: 0, follow: true };
  const stream = client.readChannelLog(request);
  const batch = await firstOf(stream, (each) => each.lines.length > 0);
  stream.cancel();
  expect(batch.lines.at(-1)?.text).toBe("6");
  const stopped = await stop({ names: ["*"], order: order("b", 7n) });
  expect(stopped.results).toMatchObject([{ name: "lent", ok: true, activity: 1 }]);
  expect((await get("lent")).channel?.activation).toBe(Activation.ACTIVATION_INACTIVE);
});

test("a start that a stop of a newer term overtakes answers SUPERSEDED", async () => {
  const check = { $case: "tcp", value: { address: "127.0.0.1:1" } };
  await deploy(definition("lent", undefined, { protectedBy: "b", readiness: { check } }));
  const starting = start({ names: ["lent"], order: order("b", 8n) });
  await firstOf(
    client.watchChannels({ protectedBy: "b" }),
    isIn("lent", Activity.ACTIVITY_STARTING),
  );
  await stop({ names: ["lent"], order: order("b", 9n) });
  expect((await starting).results).toMatchObject([{ ok: false, reason: "SUPERSEDED" }]);
});

function isIn(name: string, activity: wire.Activity) {
  return ({ event }: wire.WatchChannelsResponse) => {
    const channels = event?.$case === "snapshot" ? event.value.channels : [];
    const all = event?.$case === "changed" ? [event.value] : channels;
    return all.some((each) => each.definition?.name === name && each.activity === activity);
  };
}

test("a watch gets a snapshot first and then every change", async () => {
  await deploy(definition("watched"));
  const stream = client.watchChannels({ protectedBy: "" });
  const seen: string[] = [];
  const end = firstOf(stream, ({ event }) => {
    seen.push(event?.$case ?? "");
    return event?.$case === "undeployed" && event.value === "watched";
  });
  await start({ names: ["watched"] });
  await undeploy("watched");
  await end;
  stream.cancel();
  expect(seen[0]).toBe("snapshot");
  expect(seen.filter((each) => each === "changed").length).toBeGreaterThanOrEqual(3);
});

test("a lease starts own channels, a withdrawal stops them, and its term never comes back", async () => {
  await deploy(definition("own", undefined, { protectedBy: "a" }), Activation.ACTIVATION_ACTIVE);
  const probe = await renew({ decision: { $case: "probe", value: {} } });
  expect(probe.report?.state?.$case).toBe("none");
  expect(probe.holder).toMatch(/^b0071d\/\d+:\d+$/);
  const late = { $case: "deadline", value: toDuration(clock.bootMs() + 100) };
  expect((await renew({ order: order("a", 1n), decision: late })).refusedBecause).toBe("TOO_LATE");
  const lease = { $case: "deadline", value: toDuration(clock.bootMs() + 60_000) };
  const held = await renew({ order: order("a", 1n), decision: lease });
  expect(held.report?.state).toMatchObject({ $case: "held", value: { term: 1n, journalId: "j" } });
  await start({ names: ["own"] });
  const withdraw = { $case: "withdraw", value: { because: "switchover" } };
  const ended = await renew({ order: order("a", 2n), decision: withdraw });
  expect(ended.report?.state).toMatchObject({
    $case: "ended",
    value: { term: 2n, because: "switchover" },
  });
  expect((await renew({ order: order("a", 2n), decision: lease })).refusedBecause).toBe(
    "LEASE_ENDED",
  );
  expect((await renew({ order: order("a", 1n), decision: lease })).refusedBecause).toBe(
    "STALE_TERM",
  );
  const { results } = await start({ names: ["own"] });
  expect(results).toMatchObject([{ ok: false, reason: "LEASE_REQUIRED" }]);
});

test("a decision of another boot is refused", async () => {
  const failure = await failureOf(
    renew({ bootId: "0123", decision: { $case: "probe", value: {} } }),
  );
  expect(failure.reason).toBe("OTHER_BOOT");
});

test("a list comes in pages, with the leases of all who gave orders", async () => {
  await deploy(definition("page-1"));
  await deploy(definition("page-2"));
  const names: (string | undefined)[] = [];
  let pageToken = "";
  do {
    const page = await list({ pageSize: 1, pageToken });
    names.push(...page.channels.map((each) => each.definition?.name));
    pageToken = page.nextPageToken;
    expect(page.leases.map((each) => each.serverId)).toContain("b");
  } while (pageToken !== "");
  expect(names).toEqual(names.toSorted());
  expect(names).toContain("page-2");
});

test("an unknown name is NOT_FOUND", async () => {
  for (const answer of [get("gone"), undeploy("gone")]) {
    expect(await failureOf(answer)).toMatchObject({ code: 5, reason: "UNKNOWN_CHANNEL" });
  }
});

const probe = { $case: "probe", value: {} };
const bad: readonly [rule: string, send: () => Promise<unknown>, fields: string[]][] = [
  ["no definition", () => deploy(undefined as never), ["definition"]],
  ["no runtime", () => deploy({ name: "x" }), ["definition.runtime"]],
  ["a bad name", () => deploy(definition("Bad!")), ["definition.name"]],
  [
    "no activation",
    () => deploy(definition("x"), Activation.ACTIVATION_UNSPECIFIED),
    ["activation"],
  ],
  [
    "values out of bounds, all at once",
    () =>
      deploy(
        definition("x", "", {
          stop: { signal: "SIGSTOP", timeout: toDuration(-1) },
          readiness: {
            interval: toDuration(1),
            check: { $case: "http", value: { url: "ftp://x" } },
          },
        }),
      ),
    [
      "definition.stop.timeout",
      "definition.readiness.http.url",
      "definition.readiness.interval",
      "definition.stop.signal",
      "definition.stop.timeout",
    ],
  ],
  ["no names", () => start({ names: [] }), ["names"]],
  ["a bad name of many", () => stop({ names: ["ok", "a*b"] }), ["names[1]"]],
  ["term 0", () => start({ names: ["*"], order: order("b", 0n) }), ["order.term"]],
  ["no journal", () => stop({ names: ["*"], order: order("b", 99n, "") }), ["order.journal_id"]],
  [
    "a long reason",
    () => start({ names: ["*"], actor: { reason: "x".repeat(2000) } }),
    ["actor.reason"],
  ],
  ["too large a page", () => list({ pageSize: 1001 }), ["page_size"]],
  ["a bad server", () => list({ protectedBy: "B!" }), ["protected_by"]],
  ["another server's lease", () => renew({ serverId: "b", decision: probe }), ["server_id"]],
  ["no decision", () => renew({}), ["decision"]],
  [
    "a deadline without order",
    () => renew({ decision: { $case: "deadline", value: toDuration(1) } }),
    ["order"],
  ],
  ["a negative cut", () => renew({ decision: { $case: "cut", value: toDuration(-5) } }), ["cut"]],
  ["an empty name", () => get(""), ["name"]],
];

test.for(bad)(
  "bad input is INVALID_ARGUMENT, names its fields and changes nothing: %s",
  async ([, send, fields]) => {
    const before = loop.state();
    const failure = await failureOf(send());
    expect(failure).toMatchObject({ code: 3, reason: "INVALID_INPUT" });
    expect(violatedFields(failure)).toEqual(fields);
    expect(loop.state()).toBe(before);
  },
);

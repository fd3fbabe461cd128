// Bad input of every kind, to every method, over real gRPC: it is named field by field, and changes
// nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status as Code } from "@grpc/grpc-js";
import { messageBytesMax } from "@hot-backup/kit/grpc-serve.ts";
import {
  MonitorServiceService,
  type WatchSignalsRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleSettings } from "../core/story.fixture.ts";
import { noChange, sampleRun, sampleSignal } from "../store/sample-records.fixture.ts";
import { openSqliteJournal } from "../store/sqlite.ts";
import { bringToLife } from "./heartbeat-client.fixture.ts";
import { failureOf, openWire, sendBytes, violatedFields, type Wire } from "./wire.fixture.ts";

let wire: Wire;
let folder: string;

// Over the real journal: its numbers have bounds of their own.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-bad-input-"));
  const journal = openSqliteJournal(join(folder, "monitor.db"));
  const ids = [1n, 2n, 3n];
  journal.commit({
    ...noChange,
    signals: ids.map((id) => sampleSignal(id)),
    runs: ids.map((id) => sampleRun(`run-${id}`)),
  });
  wire = await openWire({ journal, others: [sampleSettings({ serverId: "server-0" })] });
  await bringToLife(wire);
});
afterAll(async () => {
  const { journal } = wire.story.monitor.parts;
  await wire[Symbol.asyncDispose]();
  journal[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** The whole of what bad input must not change. */
async function state() {
  const [server, runs, signals, { history }] = await Promise.all([
    wire.getServer(),
    wire.listRuns(),
    wire.listSignals(),
    wire.explain(),
  ]);
  return { server, runs, signals, history, orders: wire.story.orders.length };
}

type Ask = (request: object) => Promise<unknown>;

const operators: readonly (readonly [method: string, ask: Ask])[] = [
  ["Failback", (request) => wire.failback(request)],
  ["Switchover", (request) => wire.switchover(request)],
  ["ConfirmStopped", (request) => wire.confirmStopped({ target: "backup-1", ...request })],
  ["SetMaintenance", (request) => wire.setMaintenance(request)],
  ["RunDrill", (request) => wire.runDrill(request)],
  ["ClearMaintenance", (request) => wire.clearMaintenance(request)],
];

const badActors: readonly (readonly [rule: string, actor: object | undefined, fields: string[]])[] =
  [
    ["no actor", undefined, ["actor.name", "actor.reason"]],
    ["no name", { name: "", reason: "why" }, ["actor.name"]],
    ["no reason", { name: "anna", reason: "" }, ["actor.reason"]],
    ["a reason of blanks", { name: "anna", reason: " \u00a0 " }, ["actor.reason"]],
    ["a long name", { name: "x".repeat(129), reason: "why" }, ["actor.name"]],
    ["a long reason", { name: "anna", reason: "x".repeat(1025) }, ["actor.reason"]],
    ["a name of two lines", { name: "an\nna", reason: "why" }, ["actor.name"]],
    ["a control character", { name: "anna", reason: "w\u001bhy" }, ["actor.reason"]],
    ["a line separator", { name: "anna", reason: "w\u2028hy" }, ["actor.reason"]],
  ];

const badActorCases = operators.flatMap(([method, ask]) =>
  badActors.map(([rule, actor, fields]) => [`${method} with ${rule}`, ask, actor, fields] as const),
);

const badIds = ["", "Primary 1", "primary_1", "x".repeat(64), "x".repeat(100_000), "primary\n1"];

const ofOneServer: readonly (readonly [method: string, ask: Ask])[] = [
  ...operators,
  ["GetServer", ({ serverId }: { serverId?: string }) => wire.getServer(serverId)],
  ["ExplainServer", ({ serverId }: { serverId?: string }) => wire.explain(serverId)],
  ["TestFlow", (request) => wire.testFlow({ signal: Signal.SIGNAL_DEAD, ...request })],
];

const lists: readonly (readonly [method: string, ask: Ask])[] = [
  ["ListServers", (request) => wire.listServers(request)],
  ["ListSignals", (request) => wire.listSignals(request)],
  ["ListRuns", (request) => wire.listRuns(request)],
  ["ListDrills", (request) => wire.listDrills(request)],
];

const filtered: readonly (readonly [method: string, ask: Ask])[] = [
  ...lists.slice(1),
  ["WatchServers", ({ serverId = "" }: { serverId?: string }) => watch({ serverId })],
  ["WatchSignals", ({ serverId = "" }: { serverId?: string }) => watch({ serverId }, true)],
];

/** Rejects as any call does when the watch is refused. */
function watch(request: { serverId?: string; afterSignalId?: bigint }, isOfSignals = false) {
  const { serverId = "", afterSignalId = 0n } = request;
  const whole: WatchSignalsRequest = { serverId, afterSignalId };
  const method = isOfSignals ? "WatchSignals" : "WatchServers";
  const { requestSerialize } = MonitorServiceService[isOfSignals ? "watchSignals" : "watchServers"];
  return sendBytes(wire, method, requestSerialize(whole));
}

/** The fields that a refusal names, when it is one of bad input and has changed nothing. */
async function badFields(ask: () => Promise<unknown>): Promise<string[]> {
  const before = await state();
  const failure = await failureOf(ask());
  expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_INPUT" });
  expect(await state()).toEqual(before);
  return violatedFields(failure);
}

test.for(badActorCases)("%s is bad input", async ([, ask, actor, fields]) => {
  expect(await badFields(() => ask({ actor }))).toEqual(fields);
});

describe.for(ofOneServer)("%s", ([, ask]) => {
  test.for(badIds.map((id) => [JSON.stringify(id.slice(0, 70)), id] as const))(
    "takes no %s for a server",
    async ([, serverId]) => {
      expect(await badFields(() => ask({ serverId }))).toEqual(["server_id"]);
    },
  );

  test("fails with UNKNOWN_SERVER for a server that nobody watches", async () => {
    const before = await state();
    const failure = await failureOf(ask({ serverId: "stranger" }));
    expect(failure).toMatchObject({
      code: Code.NOT_FOUND,
      reason: "UNKNOWN_SERVER",
      metadata: { serverId: "stranger" },
    });
    expect(await state()).toEqual(before);
  });
});

describe.for(filtered)("%s", ([, ask]) => {
  test("takes no filter that is no server id", async () => {
    expect(await badFields(() => ask({ serverId: "Primary 1" }))).toEqual(["server_id"]);
  });

  test("fails with UNKNOWN_SERVER for a server that nobody watches", async () => {
    const failure = await failureOf(ask({ serverId: "stranger" }));
    expect(failure).toMatchObject({ code: Code.NOT_FOUND, reason: "UNKNOWN_SERVER" });
  });
});

describe.for(lists)("%s", ([method, ask]) => {
  test.each([1001, 2 ** 32 - 1])("takes no page of %i", async (pageSize) => {
    expect(await badFields(() => ask({ pageSize }))).toEqual(["page_size"]);
  });

  test.each(["x", "2", "%%%", "x".repeat(100_000)])("takes no made-up token", async (pageToken) => {
    expect(await badFields(() => ask({ pageToken }))).toEqual(["page_token"]);
  });

  test("takes no token of another list, and tells every problem at once", async () => {
    const tokens = await Promise.all([
      wire.listServers({ pageSize: 1 }),
      wire.listSignals({ pageSize: 1 }),
      wire.listRuns({ pageSize: 1 }),
      wire.listSignals({ pageSize: 1, serverId: "primary-1" }),
    ]);
    // Of ListDrills there is no token: nobody has drilled here.
    const own = lists.slice(0, 3).findIndex(([each]) => each === method);
    for (const [index, { nextPageToken: pageToken }] of tokens.entries()) {
      expect(pageToken).not.toBe("");
      if (index === own) continue;
      const fields = ["page_size", "page_token"];
      expect(await badFields(() => ask({ pageSize: 5000, pageToken }))).toEqual(fields);
    }
  });
});

const otherBadInput: readonly (readonly [string, () => Promise<unknown>, string[]])[] = [
  ["GetRun without an id", () => wire.getRun(""), ["run_id"]],
  ["GetRun with a long id", () => wire.getRun("x".repeat(100_000)), ["run_id"]],
  ["GetRun with two lines", () => wire.getRun("a\nb"), ["run_id"]],
  ["ConfirmStopped without a target", () => wire.confirmStopped(), ["target"]],
  [
    "ConfirmStopped with a target that is no name",
    () => wire.confirmStopped({ target: "Backup 1" }),
    ["target"],
  ],
  [
    "ConfirmStopped with nothing right",
    () => wire.confirmStopped({ target: "", actor: undefined, serverId: "" }),
    ["target", "actor.name", "actor.reason", "server_id"],
  ],
  ["TestFlow without a signal", () => wire.testFlow({}), ["signal"]],
  ["TestFlow with a signal that is none", () => wire.testFlow({ signal: 9 }), ["signal"]],
  [
    "WatchSignals after an id that is none",
    () => watch({ afterSignalId: 2n ** 64n - 1n }, true),
    ["after_signal_id"],
  ],
];

test.for(otherBadInput)("%s is bad input", async ([, ask, fields]) => {
  expect(await badFields(ask)).toEqual(fields);
});

test.each([
  ["negative", { seconds: -1n, nanos: 0 }],
  ["zero", { seconds: 0n, nanos: 0 }],
  ["under a second", { seconds: 0n, nanos: 999_999_999 }],
  ["over 30 days", { seconds: 30n * 86_400n, nanos: 1 }],
  ["huge", { seconds: 2n ** 63n - 1n, nanos: 999_999_999 }],
  ["hugely negative", { seconds: -(2n ** 63n), nanos: 0 }],
  ["of mixed signs", { seconds: 5n, nanos: -1 }],
  ["with too many nanoseconds", { seconds: 5n, nanos: 2_000_000_000 }],
])("SetMaintenance with an expiry that is %s is bad input", async (_, expiry) => {
  expect(await badFields(() => wire.setMaintenance({ expiry }))).toEqual(["expiry"]);
});

const methods = Object.values(MonitorServiceService).map(({ path }) => path.split("/")[2] ?? "");

test.each(methods)("%s takes no bytes that are no message", async (method) => {
  // Field 1 with a length that the message does not have.
  expect(await badFields(() => sendBytes(wire, method, Buffer.from([0x0a, 0x7f, 0x61])))).toEqual([
    "request",
  ]);
});

test.each(methods)("%s takes no message that is larger than the limit", async (method) => {
  const before = await state();
  const failure = await failureOf(sendBytes(wire, method, Buffer.alloc(messageBytesMax + 1)));
  expect(failure).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  expect(await state()).toEqual(before);
});

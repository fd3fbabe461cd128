// The contract over a real connection.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status as Code } from "@grpc/grpc-js";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { type GrpcServer, serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { readTraceparent, rootTrace, type Trace } from "@hot-backup/kit/trace.ts";
import { BadRequest } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";
import {
  DeliveryState,
  NotifyServiceClient,
  SendEmailRequest,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ledger } from "../ports.ts";
import { openSqliteLedger } from "../store/sqlite.ts";
import { messageTemplate } from "../templates/message.ts";
import { signalTemplate } from "../templates/signal.ts";
import { createWriter } from "../templates/template.ts";
import { createNotifyService } from "./notify-service.ts";

const outboxMax = 5;
let folder: string;
let ledger: Ledger;
let server: GrpcServer;
let client: NotifyServiceClient;
let wakes: number;
let smtpState: { problem: string; wallMs: number };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "notify-wire-"));
  ledger = openSqliteLedger(join(folder, "notify.db"));
  wakes = 0;
  smtpState = { problem: "", wallMs: Date.UTC(2026, 10, 22) - 2_000 };
  const log = openLog("notify", { server: "test", level: "fatal" });
  const service = createNotifyService({
    ledger,
    write: createWriter([signalTemplate, messageTemplate]),
    clock: { wallMs: () => Date.UTC(2026, 10, 22) },
    log,
    domain: "example.org",
    outboxMax,
    transport: { ask: () => Promise.resolve(smtpState) },
    wake: () => {
      wakes += 1;
    },
  });
  server = await serve("127.0.0.1:0", { services: [service], log });
  client = dial(NotifyServiceClient, server.address);
});
afterEach(async () => {
  client.close();
  await server.close(1000);
  ledger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

type Fields = Parameters<typeof SendEmailRequest.fromPartial>[0];

const options = { what: "call", deadlineMs: 10_000 };
const written = { $case: "written", value: { subject: "Hello", text: "World" } } as const;
const base: Fields = { idempotencyKey: "k1", to: ["anna@example.org"], content: written };
const send = (fields: Fields = {}, trace?: Trace) => {
  const request = SendEmailRequest.fromPartial({ ...base, ...fields });
  return call(client.sendEmail.bind(client), request, { ...options, trace });
};
const get = (idempotencyKey: string) =>
  call(client.getDelivery.bind(client), { idempotencyKey }, options);
const list = (fields: { state?: DeliveryState; pageSize?: number; pageToken?: string } = {}) => {
  const all = { state: DeliveryState.DELIVERY_STATE_UNSPECIFIED, pageSize: 0, pageToken: "" };
  return call(client.listDeliveries.bind(client), { ...all, ...fields }, options);
};

async function failureOf(running: Promise<unknown>): Promise<CallFailed> {
  const error = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CallFailed) return error;
  throw new Error("the call did not fail");
}

// Fields of the BadRequest detail.
async function violationsOf(running: Promise<unknown>): Promise<string[]> {
  const failure = await failureOf(running);
  expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_INPUT" });
  const cause = failure.cause as { metadata: { get(key: string): Buffer[] } };
  const status = Status.decode(cause.metadata.get("grpc-status-details-bin")[0] ?? Buffer.of());
  const detail = status.details.find((each) => each.typeUrl.endsWith("BadRequest"));
  const bad = BadRequest.decode(detail?.value ?? Buffer.of());
  return bad.fieldViolations.map((each) => each.field);
}

test("an accepted mail is in the ledger, final, before the answer comes", async () => {
  const values = { server: "primary-1", signal: "DEAD" };
  const content = { $case: "template", value: { name: "signal", values } } as const;
  const to = ["Anna <anna@example.org>"];
  const answer = await send({ content, to, cc: ["ben@example.org"], thread: "incident-1" });
  expect(answer).toMatchObject({
    messageId: expect.stringMatching(/^<[0-9a-f]{32}@example\.org>$/),
    repeated: false,
  });
  expect(wakes).toBe(1);
  expect((await get("k1")).delivery).toEqual({
    idempotencyKey: "k1",
    messageId: answer.messageId,
    state: DeliveryState.DELIVERY_STATE_QUEUED,
    recipients: ["anna@example.org", "ben@example.org"],
    subject: "[Hot Backup] DEAD primary-1: no heartbeats",
    text: expect.stringContaining("Signal  DEAD"),
    attempts: 0,
    lastAnswer: "",
    acceptedAt: new Date("2026-11-22T00:00:00Z"),
    settledAt: undefined,
    nextAttemptAt: new Date("2026-11-22T00:00:00Z"),
    thread: "incident-1",
    refusedRecipients: [],
    asOf: new Date("2026-11-22T00:00:00Z"),
    traceId: "",
  });
});

test("a mail belongs to the trace of the call that brought it first", async () => {
  const step = rootTrace("a step");
  const { messageId } = await send({}, step);
  expect((await get("k1")).delivery?.traceId).toBe(step.traceId);
  const header = ledger.find("k1")?.traceparent ?? "";
  expect(readTraceparent(header)).toMatchObject({ traceId: step.traceId, isSampled: true });
  expect(readTraceparent(header)?.spanId).not.toBe(step.spanId);
  // The monitor hands it over again under the trace of another attempt.
  expect(await send({}, rootTrace("another"))).toEqual({ messageId, repeated: true });
  expect(ledger.find("k1")?.traceparent).toBe(header);
});

test("a mail is told as it was sent, its HTML too", async () => {
  const value = { subject: "Hi", text: "Hi", html: "<b>Hi</b>" };
  await send({ idempotencyKey: "with", content: { $case: "written", value } });
  await send({ idempotencyKey: "without" });
  expect((await get("with")).html).toBe("<b>Hi</b>");
  expect((await get("without")).html).toBe("");
});

test("a repeated key is the same message; with other content it is refused", async () => {
  const { messageId } = await send();
  expect(await send()).toEqual({ messageId, repeated: true });
  const failure = await failureOf(send({ thread: "other" }));
  expect(failure).toMatchObject({ code: Code.ALREADY_EXISTS, reason: "KEY_REUSED" });
  expect((await list()).deliveries).toHaveLength(1);
});

test("a full outbox says so, and still knows what it has", async () => {
  for (let index = 0; index < outboxMax; index += 1) await send({ idempotencyKey: `k${index}` });
  const failure = await failureOf(send({ idempotencyKey: "one-more" }));
  expect(failure).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "OUTBOX_FULL" });
  expect(await send()).toMatchObject({ repeated: true });
});

const template = (value: { name: string; values?: object }): Fields => ({
  content: { $case: "template", value: { values: {}, ...value } },
});
const subject = (text: string): Fields => ({
  content: { $case: "written", value: { subject: text, text: "t" } },
});

test.each([
  ["no key", { idempotencyKey: "" }, "idempotency_key"],
  ["a key with a line break", { idempotencyKey: "a\r\nb" }, "idempotency_key"],
  ["nobody to send to", { to: [] }, "to"],
  ["an address that is none", { to: ["anna@example.org", "nobody"] }, "to[1]"],
  ["a header in a recipient", { to: ["a@example.org\r\nBcc: eve@example.org"] }, "to[0]"],
  ["a header in a name", { to: ["A\r\nBcc: e@f.g <a@example.org>"] }, "to[0]"],
  ["a header in a copy", { cc: ["a@example.org\nX-Evil: 1"] }, "cc[0]"],
  ["NUL in an address", { to: ["a@example.org\0"] }, "to[0]"],
  ["two addresses in one", { to: ["a@example.org,b@example.org"] }, "to[0]"],
  ["101 recipients", { to: Array<string>(101).fill("a@example.org") }, "to"],
  ["a header in the subject", subject("a\r\nBcc: eve@example.org"), "written.subject"],
  ["no subject", subject(""), "written.subject"],
  ["a header in the thread", { thread: "a\r\nX-Evil: 1" }, "thread"],
  ["no content", { content: undefined }, "content"],
  ["an unknown template", template({ name: "nowhere" }), "template.name"],
  ["a template without values", template({ name: "signal" }), "template.values.server"],
] satisfies [string, Fields, string][])(
  "SendEmail with %s changes nothing",
  async (_name, fields, field) => {
    expect(await violationsOf(send(fields))).toContain(field);
    expect(ledger.list({ state: undefined, before: undefined, limit: 1 })).toEqual([]);
    expect(wakes).toBe(0);
  },
);

test("an unknown template is refused with the names of the known ones", async () => {
  const failure = await failureOf(send(template({ name: "nowhere" })));
  expect(failure.message).toContain("message, signal");
});

test("GetDelivery knows bad keys from unknown ones", async () => {
  expect(await violationsOf(get(""))).toEqual(["idempotency_key"]);
  expect(await violationsOf(get("a b"))).toEqual(["idempotency_key"]);
  const failure = await failureOf(get("unknown"));
  expect(failure).toMatchObject({ code: Code.NOT_FOUND, reason: "UNKNOWN_KEY" });
});

test("pages of a list follow each other without gaps, while newer messages come in", async () => {
  for (const key of ["a", "b", "c"]) await send({ idempotencyKey: key });
  const first = await list({ pageSize: 2 });
  await send({ idempotencyKey: "d" });
  const second = await list({ pageSize: 2, pageToken: first.nextPageToken });
  const keys = [first, second].map((page) => page.deliveries.map((each) => each.idempotencyKey));
  expect(keys).toEqual([["c", "b"], ["a"]]);
  expect(second.nextPageToken).toBe("");
});

test("a list can be of one state", async () => {
  await send();
  const counts = [DeliveryState.DELIVERY_STATE_QUEUED, DeliveryState.DELIVERY_STATE_SENT];
  const pages = await Promise.all(counts.map((state) => list({ state })));
  expect(pages.map((page) => page.deliveries.length)).toEqual([1, 0]);
});

test("a page of large messages stays readable, and the list goes on", async () => {
  const text = "x".repeat(256 * 1024);
  const content = { $case: "written", value: { subject: "s", text } } as const;
  for (let index = 0; index < outboxMax; index += 1) {
    await send({ idempotencyKey: `k${index}`, content });
  }
  const first = await list({ pageSize: 1000 });
  const second = await list({ pageSize: 1000, pageToken: first.nextPageToken });
  expect(first.deliveries.length).toBeLessThan(outboxMax);
  expect(first.deliveries.length + second.deliveries.length).toBe(outboxMax);
  expect(second.nextPageToken).toBe("");
});

test.each([
  ["a page size over 1000", { pageSize: 1001 }, "page_size"],
  ["a state that is none", { state: 7 as DeliveryState }, "state"],
  ["a token that is none", { pageToken: "%%%" }, "page_token"],
  ["a made-up token", { pageToken: Buffer.from("1:all:x").toString("base64url") }, "page_token"],
  [
    "a token of another list",
    { pageToken: Buffer.from("1:sent:5").toString("base64url") },
    "page_token",
  ],
])("ListDeliveries with %s is refused", async (_name, fields, field) => {
  expect(await violationsOf(list(fields))).toEqual([field]);
});

test("whether mail can go out is told with what waits, as of when it was asked", async () => {
  const check = () =>
    call(client.checkTransport.bind(client), {}, { what: "check", deadlineMs: 15_000 });
  expect(await check()).toEqual({
    answers: true,
    problem: "",
    queued: 0,
    oldestQueued: undefined,
    asOf: new Date(smtpState.wallMs),
  });
  await send({ idempotencyKey: "waits" });
  smtpState = { ...smtpState, problem: "connect ECONNREFUSED 127.0.0.1:25" };
  expect(await check()).toMatchObject({
    answers: false,
    problem: "connect ECONNREFUSED 127.0.0.1:25",
    queued: 1,
    oldestQueued: { seconds: 0n },
  });
});

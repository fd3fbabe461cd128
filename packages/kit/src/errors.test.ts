import { Metadata, status as Code } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";
import { expect, test } from "vitest";
import { CallFailed, Failure, invalidInput, toStatus } from "./errors.ts";
import { unary } from "./grpc-handlers.ts";
import { call } from "./grpc-dial.ts";
import { openWire } from "./wire.fixture.ts";

const key = "grpc-status-details-bin";

function detailsOf(error: unknown) {
  const [bytes] = toStatus(error).metadata?.get(key) ?? [];
  const { details } = Status.decode(bytes as Buffer);
  const find = (name: string) =>
    details.find((each) => each.typeUrl.endsWith(`google.rpc.${name}`));
  const [info, bad] = [find("ErrorInfo"), find("BadRequest")];
  return {
    info: info && ErrorInfo.decode(info.value),
    violations: bad && BadRequest.decode(bad.value).fieldViolations,
  };
}

const stale = new Failure("refused", {
  message: 'Cannot start channel "orders": order has term 7, the highest seen is 8',
  reason: "STALE_TERM",
  metadata: { term: "7", highest: "8" },
});

test("a failure travels with its message, reason and metadata", () => {
  const status = toStatus(stale);
  expect(status.code).toBe(Code.FAILED_PRECONDITION);
  expect(status.details).toBe(stale.message);
  expect(detailsOf(stale)).toEqual({
    info: { reason: "STALE_TERM", domain: "hotbackup.v1", metadata: { term: "7", highest: "8" } },
    violations: undefined,
  });
});

test("bad input travels with one violation for each problem", () => {
  const failure = invalidInput([
    { field: "names[0]", description: "must not be empty" },
    { field: "order.term", description: "must be at least 1" },
  ]);
  expect(toStatus(failure).code).toBe(Code.INVALID_ARGUMENT);
  expect(failure.message).toBe(
    "Bad input: names[0]: must not be empty; order.term: must be at least 1",
  );
  expect(detailsOf(failure).violations).toMatchObject(failure.violations);
});

test.each([
  ["invalid_input", Code.INVALID_ARGUMENT],
  ["not_found", Code.NOT_FOUND],
  ["already_exists", Code.ALREADY_EXISTS],
  ["refused", Code.FAILED_PRECONDITION],
  ["replaced", Code.ABORTED],
  ["exhausted", Code.RESOURCE_EXHAUSTED],
  ["unavailable", Code.UNAVAILABLE],
  ["internal", Code.INTERNAL],
] as const)("a failure of kind %s has status code %d", (kind, code) => {
  expect(toStatus(new Failure(kind, { message: "m", reason: "R" })).code).toBe(code);
});

test.each([new Error("the password is 1234"), "text", undefined, null, 7])(
  "what is no failure tells a client nothing of its cause",
  (thrown) => {
    const status = toStatus(thrown);
    expect(status.code).toBe(Code.INTERNAL);
    expect(status.details).toBe("Internal error: see the log of the service");
    expect(detailsOf(thrown).info?.reason).toBe("INTERNAL");
  },
);

test("a client gets back what the server said, in words and for programs", async () => {
  await using wire = await openWire((log) => ({
    startChannels: unary(log, () => {
      throw stale;
    }),
  }));
  const request = { names: ["orders"], order: undefined, actor: undefined, override: undefined };
  const answer = call(wire.client.startChannels.bind(wire.client), request, {
    what: "Cannot start channels on backup-1",
    deadlineMs: 5000,
  });
  await expect(answer).rejects.toMatchObject({
    name: "CallFailed",
    message: `Cannot start channels on backup-1: ${stale.message}`,
    code: Code.FAILED_PRECONDITION,
    reason: "STALE_TERM",
    kind: "refused",
    metadata: { term: "7", highest: "8" },
    violations: [],
    isRetryable: false,
  });
});

// Headers have a limit: beyond it the client would learn nothing at all.
test.each(["x", "ä", "🚨"])(
  "thousands of problems with %s are still told as bad input",
  async (letter) => {
    const problems = Array.from({ length: 5000 }, (_, index) => ({
      field: `names[${index}]`,
      description: `must be a channel name, not "${letter.repeat(500)}"`,
    }));
    await using wire = await openWire((log) => ({
      startChannels: unary(log, () => {
        throw invalidInput(problems);
      }),
    }));
    const request = { names: [], order: undefined, actor: undefined, override: undefined };
    const answer = call(wire.client.startChannels.bind(wire.client), request, {
      what: "Cannot start channels",
      deadlineMs: 5000,
    });
    await expect(answer).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      reason: "INVALID_INPUT",
      message: expect.stringContaining("names[0]"),
      violations: expect.objectContaining({ length: 20 }),
    });
  },
);

test("a name of any length can be repeated as metadata, and the failure arrives", async () => {
  const name = "x".repeat(100_000);
  await using wire = await openWire((log) => ({
    startChannels: unary(log, () => {
      throw new Failure("not_found", { message: name, reason: "UNKNOWN", metadata: { name } });
    }),
  }));
  const request = { names: [], order: undefined, actor: undefined, override: undefined };
  const answer = call(wire.client.startChannels.bind(wire.client), request, {
    what: "Cannot start channels",
    deadlineMs: 5000,
  });
  await expect(answer).rejects.toMatchObject({
    code: Code.NOT_FOUND,
    reason: "UNKNOWN",
    metadata: { name: `${"x".repeat(199)}…` },
  });
});

test("only what may pass by itself is worth another try", () => {
  const failed = (code: Code) =>
    new CallFailed(
      "Cannot",
      Object.assign(new Error("x"), { code, details: "x", metadata: new Metadata() }),
    );
  const retryable = Object.values(Code)
    .filter((code) => typeof code === "number")
    .filter((code) => failed(code).isRetryable);
  expect(retryable).toEqual([Code.DEADLINE_EXCEEDED, Code.UNAVAILABLE]);
  expect(failed(Code.UNAVAILABLE).reason).toBe("UNAVAILABLE");
});

test("details that nobody can read are as good as none", () => {
  const metadata = new Metadata();
  metadata.set(key, Buffer.from([0xff, 0xff, 0xff]));
  const error = Object.assign(new Error("x"), { code: Code.ABORTED, details: "x", metadata });
  expect(new CallFailed("Cannot", error).reason).toBe("ABORTED");
});

test("a connection that failed is told by its cause, and not by all who passed it on", () => {
  const told = (details: string) =>
    new CallFailed(
      "Cannot ask",
      Object.assign(new Error("x"), { code: Code.UNAVAILABLE, details, metadata: new Metadata() }),
    ).message;
  const nested =
    "round_robin: No connection established. Last error: No connection established. Last error: " +
    "Error: connect ECONNREFUSED 127.0.0.1:7403. Resolution note: ";
  expect(told(nested)).toBe("Cannot ask: connect ECONNREFUSED 127.0.0.1:7403");
  const single = "No connection established. Last error: null. Resolution note: ";
  expect(told(single)).toBe("Cannot ask: No connection established");
  expect(told("Cannot do this: Last error: that")).toBe(
    "Cannot ask: Cannot do this: Last error: that",
  );
});

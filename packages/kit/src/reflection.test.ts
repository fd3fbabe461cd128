import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  GetChannelStateResponse,
  type RenewLeaseRequest,
  RenewLeaseResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { toDuration } from "./duration.ts";
import { unary } from "./grpc-handlers.ts";
import { invalidInput } from "./errors.ts";
import { openWire, type Wire } from "./wire.fixture.ts";

// `buf curl` stands for every client that knows nothing of this product but its address.

const run = promisify(execFile);
const service = "hotbackup.v1.ChannelService";
const changedAt = new Date("2026-11-22T12:00:00.250Z");

let wire: Wire;
let renewed: RenewLeaseRequest | undefined;

beforeAll(async () => {
  wire = await openWire((log) => ({
    getChannelState: unary(log, ({ name }) => {
      if (name === "") throw invalidInput([{ field: "name", description: "must not be empty" }]);
      return GetChannelStateResponse.fromPartial({ channel: { changedAt } });
    }),
    renewLease: unary(log, (request) => {
      renewed = request;
      const held = { term: 7n, journalId: "j", timeLeft: toDuration(750) };
      return RenewLeaseResponse.fromPartial({
        report: { state: { $case: "held", value: held } },
      });
    }),
  }));
});

afterAll(async () => {
  await wire[Symbol.asyncDispose]();
});

async function curl(path: string, ...words: string[]): Promise<string> {
  const url = `http://${wire.server.address}${path}`;
  const all = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...words, url];
  const { stdout } = await run("buf", all, { timeout: 15_000 });
  return stdout;
}

const answer = async (method: string, request: object, ...words: string[]): Promise<unknown> =>
  JSON.parse(await curl(`/${service}/${method}`, "-d", JSON.stringify(request), ...words));

describe.each(["grpc-v1", "grpc-v1alpha"])("by %s", (version) => {
  const protocol = ["--reflect-protocol", version];

  test("a stranger can list every service, health and reflection included", async () => {
    const listed = await curl("", "--list-services", ...protocol);
    expect(listed.trim().split("\n").toSorted()).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      service,
    ]);
  });

  test("a stranger can list the methods of a service", async () => {
    const listed = await curl("", "--list-methods", ...protocol);
    const methods = listed.split("\n").filter((line) => line.startsWith(`${service}/`));
    expect(methods).toHaveLength(10);
    expect(methods).toContain(`${service}/RenewLease`);
  });

  test("a stranger can send and receive a Duration", async () => {
    const request = { serverId: "primary-1", bootId: "b", streamSerial: "3", deadline: "12.5s" };
    expect(await answer("RenewLease", request, ...protocol)).toEqual({
      report: { held: { term: "7", journalId: "j", timeLeft: "0.750s" } },
    });
    expect(renewed?.decision).toEqual({
      $case: "deadline",
      value: { seconds: 12n, nanos: 500_000_000 },
    });
  });

  test("a stranger can receive a Timestamp", async () => {
    const state = await answer("GetChannelState", { name: "orders" }, ...protocol);
    expect(state).toEqual({ channel: { changedAt: "2026-11-22T12:00:00.250Z" } });
  });
});

test("a stranger can read the details of an error", async () => {
  const failed = answer("GetChannelState", { name: "" }).catch((error: unknown) => error);
  const { stderr } = (await failed) as { stderr: string };
  expect(stderr).toContain('"code": "invalid_argument"');
  expect(stderr).toContain("google.rpc.ErrorInfo");
  expect(stderr).toContain("google.rpc.BadRequest");
});

test("what is not there is NOT_FOUND, not an empty answer", async () => {
  await expect(curl("/hotbackup.v1.Nobody/Nothing", "-d", "{}")).rejects.toMatchObject({
    stderr: expect.stringMatching(/not.found|failed to find/i),
  });
});

// Bad input of every kind, over real gRPC: it is named field by field, and changes nothing.

import type { ServiceError } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import type { CallFailed } from "@hot-backup/kit/errors.ts";
import { BadRequest } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";
import { Activation } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { definition, failureOf, order, startWire } from "./service.fixture.ts";

let wired: Awaited<ReturnType<typeof startWire>>;

beforeAll(async () => {
  wired = await startWire();
});
afterAll(() => wired.close());

function violatedFields(failure: CallFailed): string[] {
  const [bytes] = (failure.cause as ServiceError).metadata.get("grpc-status-details-bin");
  const details = Status.decode(bytes as Buffer).details;
  const found = details.find((each) => each.typeUrl.endsWith(".BadRequest"));
  const fields = found && BadRequest.decode(found.value).fieldViolations;
  return (fields ?? []).map((each) => each.field);
}

const probe = { $case: "probe", value: {} };
const bad: readonly [rule: string, send: () => Promise<unknown>, fields: string[]][] = [
  ["no definition", () => wired.deploy(undefined), ["definition"]],
  ["no runtime", () => wired.deploy({ name: "x" }), ["definition.runtime"]],
  ["a bad name", () => wired.deploy(definition("Bad!")), ["definition.name"]],
  [
    "no activation",
    () => wired.deploy(definition("x"), Activation.ACTIVATION_UNSPECIFIED),
    ["activation"],
  ],
  [
    "values out of bounds, all at once",
    () =>
      wired.deploy(
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
  [
    "a very large definition",
    () =>
      wired.deploy({
        name: "x",
        runtime: {
          $case: "process",
          value: { command: Array.from({ length: 20 }, () => "x".repeat(30_000)) },
        },
      }),
    ["definition"],
  ],
  ["no names", () => wired.start({ names: [] }), ["names"]],
  ["a bad name of many", () => wired.stop({ names: ["ok", "a*b"] }), ["names[1]"]],
  ["term 0", () => wired.start({ names: ["*"], order: order("b", 0n) }), ["order.term"]],
  [
    "no journal",
    () => wired.stop({ names: ["*"], order: order("b", 99n, "") }),
    ["order.journal_id"],
  ],
  [
    "a long reason",
    () => wired.start({ names: ["*"], actor: { reason: "x".repeat(2000) } }),
    ["actor.reason"],
  ],
  ["too large a page", () => wired.list({ pageSize: 1001 }), ["page_size"]],
  ["a bad server", () => wired.list({ protectedBy: "B!" }), ["protected_by"]],
  ["another server's lease", () => wired.renew({ serverId: "b", decision: probe }), ["server_id"]],
  ["no decision", () => wired.renew({}), ["decision"]],
  [
    "a deadline without order",
    () => wired.renew({ decision: { $case: "deadline", value: toDuration(1) } }),
    ["order"],
  ],
  [
    "a negative cut",
    () => wired.renew({ decision: { $case: "cut", value: toDuration(-5) } }),
    ["cut"],
  ],
  ["an empty name", () => wired.get(""), ["name"]],
];

test.for(bad)(
  "bad input is INVALID_ARGUMENT, names its fields and changes nothing: %s",
  async ([, send, fields]) => {
    const before = wired.loop.state();
    const failure = await failureOf(send());
    expect(failure).toMatchObject({ code: 3, reason: "INVALID_INPUT" });
    expect(violatedFields(failure)).toEqual(fields);
    expect(wired.loop.state()).toBe(before);
  },
);

// Every service as a client sees it that has none of our code and none of our schemas: what it
// finds by reflection it must be able to call, types of others included.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadRequest, ErrorInfo } from "@hot-backup/proto/google/rpc/error_details.ts";
import { openTwoServers, primaryId, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type BufCurl,
  openBufCurl,
  type Outcome,
  type PrintedError,
  reflections,
} from "./buf-curl.fixture.ts";

// One call takes half a second of a free processor, and a busy one has five services to start.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const services = [
  ["hotbackup.v1.HeartbeatService", "primaryHeartbeat"],
  ["hotbackup.v1.MonitorService", "monitor"],
  ["hotbackup.v1.ChannelService", "backupChannels"],
  ["hotbackup.v1.NotifyService", "notify"],
] as const;

let folder: string;
let servers: TwoServers;
let curl: BufCurl;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-contract-"));
  servers = await openTwoServers({ folder: join(folder, "bed") });
  await servers.start(60_000);
  curl = openBufCurl(folder);
  await servers.waitFor("the primary to be live", 30_000, async () => {
    return (await servers.server()).everHeard;
  });
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);
const duration = expect.stringMatching(/^\d+(?:\.\d+)?s$/);
const actor = { name: "anna", reason: "a third-party client" };

function answerOf(outcome: Outcome): unknown {
  if (outcome.kind === "answered") return outcome.answer;
  throw new Error(`the call failed: ${JSON.stringify(outcome.error)}`);
}

function errorOf(outcome: Outcome): PrintedError {
  if (outcome.kind === "failed") return outcome.error;
  throw new Error(`the call was answered: ${JSON.stringify(outcome.answer)}`);
}

/** One of the details of an error, as the bytes that its type decodes. */
function detailOf({ details }: PrintedError, type: string): Buffer {
  const detail = details.find((each) => each.type === type);
  if (detail === undefined) throw new Error(`the error has no ${type}`);
  return Buffer.from(detail.value, "base64");
}

async function ask(of: Parameters<TwoServers["address"]>[0], method: string, request: object) {
  return answerOf(await curl.call(servers.address(of), `hotbackup.v1.${method}`, request));
}

describe.each(services)("%s", (name, of) => {
  test("is found by both versions of reflection, with health and reflection", async () => {
    const address = servers.address(of);
    const lists = await Promise.all(reflections.map((each) => curl.listServices(address, each)));
    for (const list of lists) {
      expect(list.toSorted()).toEqual([
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        name,
      ]);
    }
  });

  test("is healthy under its name and as a process, and knows no other name", async () => {
    const check = (service: string) =>
      curl.callByAlpha(servers.address(of), "grpc.health.v1.Health/Check", { service });
    const [own, process, other] = await Promise.all([check(name), check(""), check("else")]);
    expect([own, process].map(answerOf)).toEqual([{ status: "SERVING" }, { status: "SERVING" }]);
    expect(errorOf(other).code).toBe("not_found");
  });
});

test("maintenance goes out with a Duration and comes back with Timestamps", async () => {
  const set = await ask("monitor", "MonitorService/SetMaintenance", {
    serverId: primaryId,
    actor,
    expiry: "90.5s",
  });
  expect(set).toMatchObject({ server: { maintenance: { owner: "anna", reason: actor.reason } } });
  const { maintenance } = (set as { server: { maintenance: { since: string; until: string } } })
    .server;
  expect(Date.parse(maintenance.until) - Date.parse(maintenance.since)).toBe(90_500);
  const [got, explained] = await Promise.all([
    ask("monitor", "MonitorService/GetServer", { serverId: primaryId }),
    ask("monitor", "MonitorService/ExplainServer", { serverId: primaryId }),
  ]);
  expect(got).toMatchObject({
    server: {
      serverId: primaryId,
      state: "SERVER_STATE_LIVE",
      protection: "PROTECTION_LEASE",
      asOf: timestamp,
      changedAt: timestamp,
      threshold: "1s",
      sinceGood: duration,
      maintenance,
    },
  });
  expect(explained).toMatchObject({
    recentGaps: expect.arrayContaining([duration]),
    history: expect.arrayContaining([expect.objectContaining({ at: timestamp, actor })]),
  });
  const cleared = await ask("monitor", "MonitorService/ClearMaintenance", {
    serverId: primaryId,
    actor,
  });
  expect(cleared).not.toHaveProperty("server.maintenance");
});

test("the heartbeat service tells its interval and round trip", async () => {
  expect(await ask("primaryHeartbeat", "HeartbeatService/GetHeartbeatStatus", {})).toMatchObject({
    serverId: primaryId,
    interval: "0.200s",
    roundTrip: duration,
  });
});

test("a channel is deployed with a Duration and told with a Timestamp", async () => {
  const definition = {
    name: "contract",
    process: { command: ["sleep", "1000"], environment: { LANG: "C" } },
    readiness: { tcp: { address: "127.0.0.1:9" }, timeout: "2.500s" },
    stop: { timeout: "1s" },
  };
  const deployed = await ask("backupChannels", "ChannelService/DeployChannel", {
    definition,
    activation: "ACTIVATION_INACTIVE",
    actor,
  });
  const got = await ask("backupChannels", "ChannelService/GetChannelState", { name: "contract" });
  for (const answer of [deployed, got]) {
    expect(answer).toMatchObject({
      channel: {
        definition,
        activity: "ACTIVITY_STOPPED",
        activation: "ACTIVATION_INACTIVE",
        changedAt: timestamp,
      },
    });
  }
});

test("a mail is accepted once per key, and its ledger entry tells when", async () => {
  const mail = {
    idempotencyKey: "contract/1",
    to: ["ops@example.org"],
    template: { name: "signal", values: { server: primaryId, signal: "DEAD", term: "7" } },
  };
  const sent = await ask("notify", "NotifyService/SendEmail", mail);
  expect(sent).toEqual({ messageId: expect.stringMatching(/^<.+@.+>$/) });
  const [again, got] = await Promise.all([
    ask("notify", "NotifyService/SendEmail", mail),
    ask("notify", "NotifyService/GetDelivery", { idempotencyKey: "contract/1" }),
  ]);
  expect(again).toMatchObject({ ...(sent as object), repeated: true });
  expect(got).toMatchObject({
    delivery: { ...(sent as object), acceptedAt: timestamp, recipients: ["ops@example.org"] },
  });
});

test("bad input comes back as BadRequest, field by field", async () => {
  const outcome = await curl.call(
    servers.address("monitor"),
    "hotbackup.v1.MonitorService/SetMaintenance",
    { serverId: primaryId, actor: { name: "anna" }, expiry: "-3s" },
  );
  const error = errorOf(outcome);
  expect(error.code).toBe("invalid_argument");
  const { fieldViolations } = BadRequest.decode(detailOf(error, "google.rpc.BadRequest"));
  expect(fieldViolations).toMatchObject([
    { field: "actor.reason", description: "must not be empty" },
    { field: "expiry", description: "must be from 1 s to 2592000 s" },
  ]);
});

test("a heartbeat of another group is refused with its reason, on a stream both ways", async () => {
  const outcome = await curl.call(
    servers.address("monitor"),
    "hotbackup.v1.MonitorService/StreamHeartbeats",
    { heartbeat: { serverId: primaryId, group: "else", sequence: "1", interval: "0.200s" } },
  );
  const error = errorOf(outcome);
  expect(error.code).toBe("failed_precondition");
  expect(ErrorInfo.decode(detailOf(error, "google.rpc.ErrorInfo"))).toMatchObject({
    reason: "OTHER_GROUP",
    domain: "hotbackup.v1",
  });
});

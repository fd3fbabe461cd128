// The whole table: every method of every contract, asked for by every kind of identity. What is
// expected is written down here once more, by itself, so that a slip in one of them shows.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { authorize } from "./authorize.ts";
import { type Identity, parseIdentity, serviceIdentity } from "./identity.ts";
import { permissionOf, permittedMethods } from "./permissions.ts";

const descriptor = fileURLToPath(import.meta.resolve("@hot-backup/proto/descriptor.binpb"));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptor)));
const methods = [...registry]
  .filter((each) => each.kind === "service")
  .flatMap((service) => service.methods.map(({ name }) => `/${service.typeName}/${name}`));

const own = serviceIdentity("primary-1", "channels");
const callers: Readonly<Record<string, Identity | undefined>> = {
  "heartbeat here": parseIdentity("spiffe://hot-backup/server/primary-1/heartbeat"),
  "heartbeat elsewhere": parseIdentity("spiffe://hot-backup/server/primary-2/heartbeat"),
  monitor: parseIdentity("spiffe://hot-backup/server/backup-1/monitor"),
  channels: parseIdentity("spiffe://hot-backup/server/backup-1/channels"),
  notify: parseIdentity("spiffe://hot-backup/server/backup-1/notify"),
  console: parseIdentity("spiffe://hot-backup/console/backup-1"),
  operator: parseIdentity("spiffe://hot-backup/operator/ada"),
  reader: parseIdentity("spiffe://hot-backup/reader/grafana"),
};

const everybody = Object.keys(callers);
const beats = ["heartbeat here", "heartbeat elsewhere"];
const people = ["operator", "reader", "console"];

/** Who may call with an empty request; a heartbeat stream is judged further by its handler. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "/hotbackup.v1.MonitorService/StreamHeartbeats": beats,
  "/hotbackup.v1.MonitorService/GetServer": people,
  "/hotbackup.v1.MonitorService/ListServers": people,
  "/hotbackup.v1.MonitorService/WatchServers": people,
  "/hotbackup.v1.MonitorService/ListSignals": people,
  "/hotbackup.v1.MonitorService/WatchSignals": people,
  "/hotbackup.v1.MonitorService/ListRuns": people,
  "/hotbackup.v1.MonitorService/GetRun": people,
  "/hotbackup.v1.MonitorService/ExplainServer": people,
  "/hotbackup.v1.MonitorService/GetFlow": people,
  "/hotbackup.v1.MonitorService/WatchPulses": people,
  "/hotbackup.v1.MonitorService/TestFlow": ["operator", "console"],
  "/hotbackup.v1.MonitorService/Failback": ["operator"],
  "/hotbackup.v1.MonitorService/Switchover": ["operator"],
  "/hotbackup.v1.MonitorService/ConfirmStopped": ["operator"],
  "/hotbackup.v1.MonitorService/SetMaintenance": ["operator"],
  "/hotbackup.v1.MonitorService/ClearMaintenance": ["operator"],
  "/hotbackup.v1.MonitorService/RunDrill": ["operator"],
  "/hotbackup.v1.MonitorService/ListDrills": people,
  "/hotbackup.v1.ChannelService/DeployChannel": ["operator"],
  "/hotbackup.v1.ChannelService/UndeployChannel": ["operator"],
  "/hotbackup.v1.ChannelService/StartChannels": ["operator"],
  "/hotbackup.v1.ChannelService/StopChannels": ["operator"],
  "/hotbackup.v1.ChannelService/GetChannelState": ["monitor", ...people],
  "/hotbackup.v1.ChannelService/ListChannels": ["monitor", ...people],
  "/hotbackup.v1.ChannelService/WatchChannels": ["heartbeat here", "monitor", ...people],
  "/hotbackup.v1.ChannelService/RenewLease": ["heartbeat here"],
  "/hotbackup.v1.ChannelService/ReadChannelLog": people,
  "/hotbackup.v1.ChannelService/CheckChannels": ["monitor", ...people],
  "/hotbackup.v1.HeartbeatService/GetHeartbeatStatus": people,
  "/hotbackup.v1.HeartbeatService/CloseServer": ["operator"],
  "/hotbackup.v1.NotifyService/SendEmail": ["monitor", "operator", "console"],
  "/hotbackup.v1.NotifyService/GetDelivery": people,
  "/hotbackup.v1.NotifyService/ListDeliveries": people,
  "/hotbackup.v1.NotifyService/CheckTransport": ["monitor", ...people],
  "/grpc.health.v1.Health/Check": everybody,
  "/grpc.health.v1.Health/List": everybody,
  "/grpc.health.v1.Health/Watch": everybody,
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": people,
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": people,
};

function whoMay(path: string, request: object): readonly string[] {
  return everybody.filter((name) => reasonFor(path, { name, request }) === "");
}

/** Why a caller is denied; "" when it is not. */
function reasonFor(path: string, asked: { name: string; request: object }): string {
  const permission = permissionOf(path);
  if (permission === undefined) return "NO_ROW";
  try {
    const identity = callers[asked.name];
    authorize({ path, permission, identity, own, request: asked.request });
    return "";
  } catch (error) {
    return error instanceof Error && "reason" in error ? String(error.reason) : String(error);
  }
}

test("every method of every contract has a row, and every row a method", () => {
  expect(permittedMethods().toSorted()).toEqual(methods.toSorted());
  expect(Object.keys(expected).toSorted()).toEqual(methods.toSorted());
});

test.each(methods)("%s lets those in who are listed, and nobody else", (path) => {
  expect(whoMay(path, {}).toSorted()).toEqual((expected[path] ?? []).toSorted());
});

test("a console may do what an operator may, for somebody whom it names", () => {
  const forSomebody = { actor: { name: "ada", reason: "upgrade" } };
  const ofOperators = methods.filter((path) => whoMay(path, forSomebody).includes("operator"));
  const ofConsoles = methods.filter((path) => whoMay(path, forSomebody).includes("console"));
  expect(ofConsoles).toEqual(ofOperators);
  for (const actor of [undefined, { name: "", reason: "upgrade" }]) {
    const path = "/hotbackup.v1.MonitorService/Switchover";
    expect(reasonFor(path, { name: "console", request: { actor } })).toBe("ACTOR_NEEDED");
  }
});

test("what is not in the table is nobody's", () => {
  for (const path of ["/hotbackup.v1.MonitorService/Erase", "/toString/call", "/a", ""]) {
    expect(permissionOf(path)).toBeUndefined();
  }
});

test.each(["StartChannels", "StopChannels"])("%s with a term is for monitors only", (method) => {
  const path = `/hotbackup.v1.ChannelService/${method}`;
  const request = { order: { serverId: "primary-1", term: 7n, journalId: "j" } };
  expect(whoMay(path, request)).toEqual(["monitor"]);
  expect(reasonFor(path, { name: "operator", request })).toBe("NO_MONITOR");
  expect(reasonFor(path, { name: "monitor", request: {} })).toBe("ORDER_NEEDED");
});

test("only a monitor may say in a watch that it is one, since that ends overrides", () => {
  const path = "/hotbackup.v1.ChannelService/WatchChannels";
  const request = { monitorOf: ["primary-1"] };
  expect(whoMay(path, request)).toEqual(["monitor"]);
  expect(reasonFor(path, { name: "reader", request })).toBe("NO_MONITOR");
});

test("nobody without an identity may do anything", () => {
  for (const path of methods) {
    const permission = permissionOf(path) ?? {};
    const call = () => authorize({ path, permission, identity: undefined, own, request: {} });
    expect(call).toThrow(expect.objectContaining({ reason: "NO_IDENTITY" }));
  }
});

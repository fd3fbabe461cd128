// RunDrill and ListDrills over real gRPC: what is refused and what a shadow drill says instead, and
// how drills are told.

import { status as Code } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { DrillKind, DrillState, DrillVerdict } from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { afterEach, describe, expect, test } from "vitest";
import { bringToLife } from "./heartbeat-client.fixture.ts";
import { anna, failureOf, openWire, violatedFields, type Wire } from "./wire.fixture.ts";

const shadow = { kind: DrillKind.DRILL_KIND_SHADOW };
const silence = { kind: DrillKind.DRILL_KIND_SILENCE };

let wire: Wire;
afterEach(() => wire[Symbol.asyncDispose]());

async function open(options: Parameters<typeof openWire>[0] = {}): Promise<void> {
  wire = await openWire(options);
  await bringToLife(wire);
}

/** A drill of a server that does not get on by itself, once it has begun. */
async function beginSilence(): Promise<void> {
  void wire.runDrill(silence).catch(() => undefined);
  await expect.poll(async () => (await wire.listDrills()).drills.length).toBe(1);
}

describe("a drill is refused as a switchover is", () => {
  test("where the server is not live", async () => {
    wire = await openWire();
    const failure = await failureOf(wire.runDrill());
    expect(failure).toMatchObject({ code: Code.FAILED_PRECONDITION, reason: "NOT_LIVE" });
    expect(failure.message).toContain('Cannot begin a drill of server "primary-1"');
  });

  test("where it does not hold its lease yet", async () => {
    await open();
    wire.story.server.watched.liveness.isHeldSeen = false;
    expect(await failureOf(wire.runDrill())).toMatchObject({ reason: "NOTHING_TO_DO" });
  });

  test("where its target is not ready", async () => {
    await open({ readiness: () => "backup-1 lacks orders" });
    const failure = await failureOf(wire.runDrill(silence));
    expect(failure).toMatchObject({ reason: "TARGET_NOT_READY" });
    expect(failure.message).toContain("backup-1 lacks orders");
  });

  test("in maintenance", async () => {
    await open();
    await wire.setMaintenance();
    expect(await failureOf(wire.runDrill())).toMatchObject({ reason: "IN_MAINTENANCE" });
  });

  test("and leaves nothing behind", async () => {
    await open({ readiness: () => "backup-1 lacks orders" });
    const before = await wire.getServer();
    await failureOf(wire.runDrill());
    expect(await wire.getServer()).toEqual(before);
    expect(await wire.listDrills()).toMatchObject({ drills: [] });
  });
});

test("a drill that goes on is told by ExplainServer", async () => {
  await open();
  await beginSilence();
  const { blockedBy } = await wire.explain();
  const line = "Drill primary-1-drill-1 of anna goes on: its heartbeats are counted as silence";
  expect(blockedBy).toContain(line);
});

test("a second drill of the server is refused while the first goes on", async () => {
  await open();
  await beginSilence();
  expect(await failureOf(wire.runDrill())).toMatchObject({
    code: Code.FAILED_PRECONDITION,
    reason: "DRILL_UNDER_WAY",
  });
});

test("a caller that goes away ends no drill", async () => {
  await open();
  const stream = wire.client.runDrill({
    serverId: "primary-1",
    actor: anna,
    objective: undefined,
    ...silence,
  });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.once("data", resolve));
  stream.cancel();
  const { drills } = await wire.listDrills();
  expect(drills).toMatchObject([{ state: DrillState.DRILL_STATE_RUNNING }]);
  expect(await failureOf(wire.runDrill())).toMatchObject({ reason: "DRILL_UNDER_WAY" });
});

describe("a shadow drill", () => {
  test("changes nothing, orders nothing, and is kept", async () => {
    await open();
    const before = await wire.getServer();
    const orders = wire.story.orders.length;
    const [drill] = await wire.runDrill(shadow);
    expect(drill).toMatchObject({ state: DrillState.DRILL_STATE_PASSED, because: [] });
    expect(await wire.getServer()).toEqual(before);
    expect(wire.story.orders).toHaveLength(orders);
    expect(await wire.listDrills()).toMatchObject({ drills: [{ drillId: drill?.drillId }] });
  });

  test("tells as a reason what a drill would be refused for", async () => {
    await open({ readiness: () => "backup-1 lacks orders" });
    await wire.setMaintenance();
    const [drill] = await wire.runDrill(shadow);
    expect(drill).toMatchObject({
      state: DrillState.DRILL_STATE_FAILED,
      because: ["it is in maintenance", "backup-1 lacks orders"],
    });
  });

  test("judges by what is configured and was measured, and says what is not known", async () => {
    await open();
    const objective = { detection: toDuration(1), start: toDuration(5000) };
    const [drill] = await wire.runDrill({ ...shadow, objective });
    expect(drill?.because).toEqual([
      "The detection would take 1.00 s: the objective is 0.00 s",
      "The start was never measured: the objective is 5.00 s",
    ]);
    const verdicts = drill?.phases.map(({ name, verdict }) => [name, verdict]);
    expect(verdicts).toEqual([
      ["detection", DrillVerdict.DRILL_VERDICT_FAILED],
      ["start", DrillVerdict.DRILL_VERDICT_FAILED],
      ["handover", DrillVerdict.DRILL_VERDICT_NOT_EXERCISED],
    ]);
  });
});

test.each([
  ["no kind", { kind: DrillKind.DRILL_KIND_UNSPECIFIED }, ["kind"]],
  ["a kind of another version", { kind: 99 as DrillKind }, ["kind"]],
  ["an objective of nothing", { objective: { start: toDuration(0) } }, ["objective.start"]],
  [
    "objectives of a week",
    { objective: { detection: toDuration(6e8), handover: toDuration(6e8) } },
    ["objective.detection", "objective.handover"],
  ],
])("%s is bad input", async (_what, fields, violated) => {
  await open();
  const failure = await failureOf(wire.runDrill(fields));
  expect(failure.code).toBe(Code.INVALID_ARGUMENT);
  expect(violatedFields(failure)).toEqual(violated);
  expect(await wire.listDrills()).toMatchObject({ drills: [] });
});

test("drills are listed newest first, page by page, by server or all", async () => {
  await open();
  for (let count = 0; count < 3; count += 1) await wire.runDrill(shadow);
  const first = await wire.listDrills({ pageSize: 2, serverId: "primary-1" });
  const ids = first.drills.map(({ drillId }) => drillId);
  expect(ids).toEqual(["primary-1-drill-3", "primary-1-drill-2"]);
  const { nextPageToken: pageToken } = first;
  const second = await wire.listDrills({ pageSize: 2, pageToken, serverId: "primary-1" });
  expect(second).toMatchObject({ drills: [{ drillId: "primary-1-drill-1" }], nextPageToken: "" });
});

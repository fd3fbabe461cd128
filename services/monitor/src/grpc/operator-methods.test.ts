// What operators ask of a watched server, on the wire: done, refused with a reason, or kept in the
// history with who asked and why.

import { status as Code } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Assignment, RunState } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OrderAnswer } from "../ports.ts";
import { createMemoryDisk, openMemoryJournal } from "../store/memory.ts";
import { bringToLife, HeartbeatClient, leaseReport } from "./heartbeat-client.fixture.ts";
import { anna, failureOf, openWire } from "./wire.fixture.ts";

async function wired(...options: Parameters<typeof openWire>) {
  const wire = await openWire(...options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

type Wire = Awaited<ReturnType<typeof wired>>;

const silent: OrderAnswer = { kind: "failed", error: "no answer" };

async function historyOf(wire: Wire) {
  return (await wire.explain()).history.map(({ text, actor }) => ({ text, actor }));
}

/** Why a wish was refused, when the refusal has changed nothing. */
async function whyRefused(wire: Wire, ask: () => Promise<unknown>): Promise<string> {
  const before = await wire.getServer();
  const failure = await failureOf(ask());
  expect(failure.code).toBe(Code.FAILED_PRECONDITION);
  expect(await wire.getServer()).toEqual(before);
  return failure.reason;
}

/** From DEAD to a live primary whose channels the backup has, because failback is manual. */
async function bringBack(wire: Wire): Promise<HeartbeatClient> {
  await bringToLife(wire);
  await wire.story.time.pass(1000);
  const stream = new HeartbeatClient(wire);
  await stream.beat();
  await stream.beat();
  return stream;
}

describe("Failback", () => {
  test("gives the channels back to a live primary, with who asked and why", async () => {
    const wire = await wired({ settings: { failback: { kind: "manual" } } });
    const stream = await bringBack(wire);
    expect(await wire.getServer()).toMatchObject({
      assignment: Assignment.ASSIGNMENT_BACKUP,
      failbackHeld: true,
    });
    const { server } = await wire.failback();
    expect(server).toMatchObject({ term: 4n, failbackHeld: false });
    await wire.story.time.pass(10);
    const { grants } = await stream.beat();
    expect(grants).toMatchObject([{ order: { term: 4n }, decision: { $case: "lease" } }]);
    const { run } = await wire.getRun(server?.runId ?? "");
    expect(run).toMatchObject({ state: RunState.RUN_STATE_FINISHED, actor: anna });
    expect(await historyOf(wire)).toContainEqual({
      text: "The channels go back to the primary",
      actor: anna,
    });
  });

  test("is refused while the primary is not live, or has its channels", async () => {
    const wire = await wired();
    expect(await whyRefused(wire, () => wire.failback())).toBe("NOT_LIVE");
    await bringToLife(wire);
    expect(await whyRefused(wire, () => wire.failback())).toBe("NOTHING_TO_DO");
  });
});

describe("Switchover", () => {
  test("moves the channels once the primary has let go", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const { server } = await wire.switchover();
    expect(server).toMatchObject({ assignment: Assignment.ASSIGNMENT_NOBODY, term: 2n });
    await stream.beat({ lease: leaseReport("held", 1n) });
    expect(wire.story.orders.filter(({ kind }) => kind === "start")).toEqual([]);
    // STOPPED under the term of the switchover: the confirmation that counts.
    await stream.beat({ lease: leaseReport("ended", 2n) });
    await wire.story.time.pass(10);
    expect(await wire.getServer()).toMatchObject({ assignment: Assignment.ASSIGNMENT_BACKUP });
    expect(wire.story.orders.at(-1)).toMatchObject({ kind: "start", term: 2n });
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
    expect(await historyOf(wire)).toContainEqual({
      text: "A switchover began: the primary gives its lease back",
      actor: anna,
    });
  });

  test("is refused for a server that is not live", async () => {
    const wire = await wired();
    expect(await whyRefused(wire, () => wire.switchover())).toBe("NOT_LIVE");
  });

  test("is refused in maintenance", async () => {
    const wire = await wired();
    await bringToLife(wire);
    await wire.setMaintenance();
    expect(await whyRefused(wire, () => wire.switchover())).toBe("IN_MAINTENANCE");
  });

  test("is refused while the backup has the channels, or nobody yet", async () => {
    const wire = await wired({ settings: { failback: { kind: "manual" } } });
    await bringBack(wire);
    expect(await whyRefused(wire, () => wire.switchover())).toBe("NOTHING_TO_DO");
    const waiting = await wired({ answer: ({ kind }) => (kind === "stop" ? silent : undefined) });
    const stream = new HeartbeatClient(waiting);
    await stream.beat();
    await stream.beat();
    expect(await whyRefused(waiting, () => waiting.switchover())).toBe("NOTHING_TO_DO");
  });

  test("is refused without protection, since nobody can take the channels away", async () => {
    const wire = await wired({ settings: { protection: "none" } });
    expect(await whyRefused(wire, () => wire.switchover())).toBe("NOT_PROTECTED");
  });

  test("is refused when the flow starts no channels", async () => {
    const plan = () => ({ caseName: "", steps: [] });
    const wire = await wired({
      settings: { flow: { startTargets: [], decision: "", cases: [], plan } },
    });
    await bringToLife(wire);
    expect(await whyRefused(wire, () => wire.switchover())).toBe("NO_TARGET");
  });

  test("is refused when a target is not ready, and the primary keeps its lease", async () => {
    const wire = await wired({ readiness: () => 'target "backup-1" lacks channel "orders"' });
    const stream = await bringToLife(wire);
    expect(await whyRefused(wire, () => wire.switchover())).toBe("TARGET_NOT_READY");
    const { grants } = await stream.beat({ lease: leaseReport("held", 1n) });
    expect(grants).toMatchObject([{ decision: { $case: "lease" } }]);
  });
});

// Found by test/e2e/rolling-upgrade.test.ts: nobody ran for the rest of the threshold.
test("Switchover is refused while a young monitor may order no start", async () => {
  const disk = createMemoryDisk("journal-1");
  await bringToLife(await wired({ journal: openMemoryJournal(disk) }));
  const wire = await wired({ journal: openMemoryJournal(disk) });
  const stream = new HeartbeatClient(wire);
  const lease = leaseReport("held", 1n);
  await stream.beat({ lease });
  for (let round = 0; round < 9; round += 1) {
    await stream.beat({ lease });
    expect(await whyRefused(wire, () => wire.switchover())).toBe("TARGET_NOT_READY");
    await wire.story.time.pass(100);
  }
  for (let round = 0; round < 2; round += 1) {
    await stream.beat({ lease });
    await wire.story.time.pass(100);
  }
  const { server } = await wire.switchover();
  expect(server).toMatchObject({ assignment: Assignment.ASSIGNMENT_NOBODY });
});

describe("ConfirmStopped", () => {
  test("opens the gate for a target that cannot answer, and is kept in the history", async () => {
    const wire = await wired({ answer: ({ kind }) => (kind === "stop" ? silent : undefined) });
    const stream = new HeartbeatClient(wire);
    for (let round = 0; round < 15; round += 1) {
      const { grants } = await stream.beat();
      expect(grants).toMatchObject([{ decision: { $case: "nothing" } }]);
      await wire.story.time.pass(100);
    }
    const { server } = await wire.confirmStopped({ target: "backup-1" });
    expect(server).toMatchObject({ assignment: Assignment.ASSIGNMENT_PRIMARY });
    const { grants } = await stream.beat();
    expect(grants).toMatchObject([{ decision: { $case: "lease" } }]);
    expect(await historyOf(wire)).toContainEqual({
      text: "Target backup-1 is confirmed stopped by an operator",
      actor: anna,
    });
  });

  test("is refused while nothing waits for the target", async () => {
    const wire = await wired();
    const ask = () => wire.confirmStopped({ target: "backup-1" });
    expect(await whyRefused(wire, ask)).toBe("NOT_WAITING");
  });

  test("fails for a target that the flow does not know", async () => {
    const wire = await wired();
    const before = await wire.getServer();
    const failure = await failureOf(wire.confirmStopped({ target: "backup-9" }));
    expect(failure).toMatchObject({ code: Code.NOT_FOUND, reason: "UNKNOWN_TARGET" });
    expect(await wire.getServer()).toEqual(before);
  });
});

describe("maintenance", () => {
  test("keeps a silent server from being declared, until it expires", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const { server } = await wire.setMaintenance({ expiry: toDuration(60_000) });
    const sinceMs = wire.story.time.clock.wallMs();
    expect(server?.maintenance).toEqual({
      owner: "anna",
      reason: "a new disk",
      since: new Date(sinceMs),
      until: new Date(sinceMs + 60_000),
    });
    await wire.story.time.pass(59_999);
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
    await wire.story.time.pass(1);
    expect((await wire.getServer()).maintenance).toBeUndefined();
    // The threshold counts anew.
    await wire.story.time.pass(999);
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
    await wire.story.time.pass(1);
    expect(wire.story.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("repeated replaces owner, reason and expiry, and keeps its beginning", async () => {
    const wire = await wired();
    const { server } = await wire.setMaintenance({ expiry: toDuration(60_000) });
    await wire.story.time.pass(5000);
    const actor = { name: "bert", reason: "the disk is late" };
    const { server: later } = await wire.setMaintenance({ actor });
    expect(later?.maintenance).toEqual({
      owner: "bert",
      reason: "the disk is late",
      since: server?.maintenance?.since,
      until: undefined,
    });
    await wire.story.time.pass(3_600_000);
    expect((await wire.getServer()).maintenance).toMatchObject({ owner: "bert" });
  });

  test("is cleared by an operator, once, and the threshold counts anew", async () => {
    const wire = await wired();
    await bringToLife(wire);
    await wire.setMaintenance();
    await wire.story.time.pass(5000);
    const { server } = await wire.clearMaintenance();
    expect(server?.maintenance).toBeUndefined();
    const history = await historyOf(wire);
    expect(history).toContainEqual({ text: "Maintenance was cleared", actor: anna });
    await wire.clearMaintenance();
    expect(await historyOf(wire)).toEqual(history);
    await wire.story.time.pass(999);
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
    await wire.story.time.pass(1);
    expect(wire.story.signals()).toEqual(["LIVE 1", "DEAD 2"]);
  });

  test("keeps a close untold until it ends, and tells it then", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    await wire.setMaintenance();
    await stream.close();
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
    await wire.clearMaintenance();
    expect(wire.story.signals()).toEqual(["LIVE 1", "CLOSE 2"]);
  });
});

test("a monitor that stops begins no switchover and no failback", async () => {
  const wire = await wired({ settings: { failback: { kind: "manual" } } });
  await bringToLife(wire);
  void wire.story.monitor.release();
  const before = await wire.getServer();
  for (const ask of [() => wire.switchover(), () => wire.failback()]) {
    const { code, reason } = await failureOf(ask());
    expect({ code, reason }).toEqual({ code: Code.UNAVAILABLE, reason: "STOPPING" });
  }
  expect((await wire.getServer()).term).toBe(before.term);
});

// ExplainServer on the wire: the past, the lease, the advice, and refusals in the history.

import { toDuration, toMilliseconds } from "@hot-backup/kit/duration.ts";
import { RunState, ServerState } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { noChange, sampleSignal } from "../store/sample-records.fixture.ts";
import { bringToLife, HeartbeatClient } from "./heartbeat-client.fixture.ts";
import { anna, failureOf, openEmptyJournal, openWire, violatedFields } from "./wire.fixture.ts";

const waitOptions = { timeout: 15_000 };

async function wired(options: Parameters<typeof openWire>[0] = {}) {
  const wire = await openWire(options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

async function wiredDead() {
  const wire = await wired();
  await wire.story.bringToLife();
  wire.story.beatHeld();
  await wire.story.time.pass(2000);
  return wire;
}

describe("a past decision", () => {
  test("of DEAD is told with its rule, its evidence and its run", async () => {
    const wire = await wiredDead();
    const { past } = await wire.explainServer({ signalId: 2n });
    expect(past?.signal).toMatchObject({ signalId: 2n, signal: Signal.SIGNAL_DEAD, term: 2n });
    expect(past?.rule).toMatchObject({
      event: "threshold_passed",
      from: ServerState.SERVER_STATE_LIVE,
      to: ServerState.SERVER_STATE_DEAD,
    });
    expect(past?.evidence).toMatchObject({ threshold: toDuration(1000), notGoodBecause: "" });
    expect(toMilliseconds(past?.evidence?.sinceGood)).toBe(1000);
    expect(past?.evidence?.gaps[1]).toEqual(toDuration(100));
    expect(past?.evidence?.goodHeartbeats).toBeGreaterThan(5n);
    expect(past?.run).toMatchObject({ runId: "primary-1-2-signal", caseName: "DEAD" });
    expect(past?.nextSignal).toBeUndefined();
  });

  test("of LIVE tells of the silence before it, and what came next", async () => {
    const wire = await wiredDead();
    wire.story.beat();
    wire.story.beat();
    await wire.story.time.pass(3000);
    const { past } = await wire.explainServer({ signalId: 3n });
    expect(past?.rule).toMatchObject({ event: "good_heartbeat" });
    expect(toMilliseconds(past?.evidence?.gaps[0])).toBe(2000);
    expect(past?.run?.state).toBe(RunState.RUN_STATE_FINISHED);
    expect(past?.nextSignal).toMatchObject({ signalId: 4n, signal: Signal.SIGNAL_DEAD });
  });

  test("of CLOSE tells who closed the server", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    await stream.close({ actor: anna });
    const { past } = await wire.explainServer({ signalId: 2n });
    expect(past?.signal).toMatchObject({ signal: Signal.SIGNAL_CLOSE, actor: anna });
  });

  test("has the history up to the next signal, oldest first, and nothing of another", async () => {
    const wire = await wiredDead();
    await wire.setMaintenance();
    await wire.clearMaintenance();
    wire.story.beat();
    wire.story.beat();
    const { past } = await wire.explainServer({ signalId: 2n });
    expect(past?.history.map(({ text }) => text)).toEqual([
      "Maintenance began",
      "Maintenance has ended: the threshold counts anew",
      "Maintenance was cleared",
    ]);
  });

  test("that an older version stored is told by its words", async () => {
    const journal = openEmptyJournal();
    const old = { facts: undefined, rule: undefined, actor: undefined };
    journal.commit({ ...noChange, signals: [sampleSignal(1n, old)] });
    const { past } = await (await wired({ journal })).explainServer({ signalId: 1n });
    expect(past).toMatchObject({ evidence: undefined, run: undefined });
    expect(past?.rule).toMatchObject({ event: "threshold_passed" });
    expect(past?.signal?.evidence).toBe("gaps 100 ms, 101 ms");
  });

  test("of another server, or that is not there, is not found", async () => {
    const journal = openEmptyJournal();
    journal.commit({ ...noChange, signals: [sampleSignal(1n, { serverId: "primary-2" })] });
    const wire = await wired({ journal });
    for (const signalId of [1n, 2n, 2n ** 63n - 1n]) {
      const failure = await failureOf(wire.explainServer({ signalId }));
      expect(failure.reason).toBe("UNKNOWN_SIGNAL");
    }
  });
});

test.each([
  ["an id that is too high", { signalId: 2n ** 63n }, ["signal_id"]],
  ["a rate that is too low", { falseDeadPerYear: 0.0001 }, ["false_dead_per_year"]],
  ["a rate below nothing", { falseDeadPerYear: -1 }, ["false_dead_per_year"]],
  ["a rate that is no number", { falseDeadPerYear: Number.NaN }, ["false_dead_per_year"]],
  [
    "a rate without end and no server",
    { falseDeadPerYear: Infinity, serverId: "" },
    ["false_dead_per_year", "server_id"],
  ],
])("a request with %s is refused", async (_name, fields, violated) => {
  const wire = await wired();
  expect(violatedFields(await failureOf(wire.explainServer(fields)))).toEqual(violated);
});

test("the lease is told with its holder and until when", async () => {
  const wire = await wired();
  await bringToLife(wire);
  const { leaseHolding, server } = await wire.explain();
  expect(leaseHolding).toMatchObject({ holder: "machine-1", term: server?.term });
  expect(leaseHolding?.until?.getTime()).toBeGreaterThan(server?.asOf?.getTime() ?? Infinity);
  const unprotected = await wired({ settings: { protection: "none" } });
  expect((await unprotected.explain()).leaseHolding).toBeUndefined();
});

test("advice says that heartbeats are too few, and then which threshold they ask for", async () => {
  const wire = await wired();
  await wire.story.bringToLife();
  const few = (await wire.explain()).advice;
  expect(few).toMatchObject({ present: undefined, advised: undefined, choices: [] });
  expect(few?.text).toContain("Too few heartbeats");
  for (let count = 0; count < 1100; count += 1) {
    await wire.story.time.pass(100);
    wire.story.beatHeld();
  }
  const { advice } = await wire.explainServer({ falseDeadPerYear: 12 });
  expect(advice?.samples).toBeGreaterThan(1000n);
  expect(toMilliseconds(advice?.meanGap)).toBeCloseTo(100, 0);
  expect(advice?.present).toMatchObject({ threshold: toDuration(1000), lease: toDuration(750) });
  expect(toMilliseconds(advice?.advised?.threshold)).toBeLessThan(1000);
  expect(advice?.advised?.falseDeadPerYearAtMost).toBeLessThanOrEqual(12);
});

describe("the history", () => {
  const newest = async (wire: Awaited<ReturnType<typeof wired>>) =>
    (await wire.explain()).history[0];

  test("has refused requests of operators, with actor, reason and evidence", async () => {
    const wire = await wiredDead();
    await failureOf(wire.failback());
    expect(await newest(wire)).toMatchObject({
      text: 'Cannot fail back to server "primary-1": it is dead, not live',
      refusal: "NOT_LIVE",
      actor: anna,
    });
    expect((await newest(wire))?.evidence).toContain("last good heartbeat");
  });

  test.each([["switchover"], ["confirmStopped"]] as const)("has a refused %s", async (method) => {
    const wire = await wiredDead();
    const { reason } = await failureOf(wire[method]({ target: "backup-1" }));
    expect(await newest(wire)).toMatchObject({ refusal: reason, actor: anna });
  });

  test("has no request that was bad input, or about no server", async () => {
    const wire = await wired();
    await failureOf(wire.failback({ actor: { name: "", reason: "" } }));
    await failureOf(wire.failback({ serverId: "primary-9" }));
    expect((await wire.explain()).history).toEqual([]);
  });

  test("has the stream of a stranger that was refused, and from where", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const stranger = new HeartbeatClient(wire);
    stranger.send({ holder: "machine-2", lifeId: "life-2", host: "clone" });
    await stranger.ended;
    const line = await newest(wire);
    expect(line).toMatchObject({
      refusal: "OTHER_HOLDER",
      actor: { name: "heartbeat service of host clone" },
    });
    expect(line?.evidence).toMatch(/^from 127\.0\.0\.1:\d+, .*machine "machine-2"/);
  });

  test("tells what a lease that ended was decided on", async () => {
    const wire = await wired();
    await wire.story.bringToLife();
    wire.story.beatHeld();
    await wire.story.time.pass(100);
    const { term } = wire.story.record;
    wire.story.beat({ lease: "ended", leaseTerm: term });
    await vi.waitFor(async () => {
      const lines = (await wire.explain()).history;
      const line = lines.find(({ text }) => text.startsWith("The lease has ended"));
      expect(line?.evidence).toContain("last good heartbeat");
    }, waitOptions);
  });
});

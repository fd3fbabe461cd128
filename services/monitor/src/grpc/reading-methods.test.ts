// What anybody may ask of a monitor, on the wire: servers, lists page by page, runs, explanations.

import { status as Code } from "@grpc/grpc-js";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  Assignment,
  RunState,
  ServerState,
  StepState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection, Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { sampleSettings } from "../core/story.fixture.ts";
import type { OrderAnswer } from "../ports.ts";
import {
  noChange,
  sampleRun,
  sampleServer,
  sampleSignal,
  sampleSteps,
} from "../store/sample-records.fixture.ts";
import { bringToLife, HeartbeatClient, leaseReport } from "./heartbeat-client.fixture.ts";
import { failureOf, openEmptyJournal, openWire } from "./wire.fixture.ts";

async function wired(...options: Parameters<typeof openWire>) {
  const wire = await openWire(...options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

describe("GetServer", () => {
  test("tells a server that was never heard", async () => {
    const wire = await wired();
    expect(await wire.getServer()).toMatchObject({
      serverId: "primary-1",
      state: ServerState.SERVER_STATE_WAITING,
      assignment: Assignment.ASSIGNMENT_NOBODY,
      protection: Protection.PROTECTION_LEASE,
      everHeard: false,
      term: 0n,
      journalId: "journal-1",
      threshold: { seconds: 1n, nanos: 0 },
      sinceGood: undefined,
      lease: undefined,
      maintenance: undefined,
      targets: [{ name: "backup-1", address: "backup-1:7503", clean: false, confirmed: false }],
    });
  });

  test("tells a live server as it told itself, at an instant", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const channels = [{ name: "orders", activity: Activity.ACTIVITY_STARTED, term: 1n }];
    await stream.beat({ lease: leaseReport("held", 1n, { leftMs: 750 }), channels });
    const reportedAt = new Date(wire.story.time.clock.wallMs());
    await wire.story.time.pass(250);
    const server = await wire.getServer();
    expect(server).toMatchObject({
      state: ServerState.SERVER_STATE_LIVE,
      assignment: Assignment.ASSIGNMENT_PRIMARY,
      everHeard: true,
      host: "host-1",
      lease: leaseReport("held", 1n, { leftMs: 500 }),
      channels,
      reportedAt,
      sinceGood: { seconds: 0n, nanos: 250_000_000 },
      targets: [{ clean: true, confirmed: true }],
      runId: "primary-1-1-signal",
    });
    expect(server.asOf).toEqual(new Date(wire.story.time.clock.wallMs()));
    expect(server.changedAt?.getTime()).toBeLessThan(server.asOf?.getTime() ?? 0);
  });
});

const serverIds = Array.from({ length: 7 }, (_, index) => `server-${index}`);

describe("lists", () => {
  // Reads a list to its end, with a bound: a token that leads nowhere must not hang the test.
  async function readPages<Row>(
    read: (pageToken: string) => Promise<{ rows: readonly Row[]; next: string }>,
  ): Promise<Row[][]> {
    const pages: Row[][] = [];
    let token = "";
    while (pages.length < 100) {
      const { rows, next } = await read(token);
      pages.push([...rows]);
      if (next === "") return pages;
      token = next;
    }
    throw new Error("the list has no end");
  }

  test.each([1, 2, 3, 8, 1000])(
    "every server comes exactly once, by id, in pages of %i",
    async (pageSize) => {
      const others = serverIds.toReversed().map((serverId) => sampleSettings({ serverId }));
      const wire = await wired({ others });
      const pages = await readPages(async (pageToken) => {
        const answer = await wire.listServers({ pageSize, pageToken });
        return { rows: answer.servers, next: answer.nextPageToken };
      });
      const ids = pages.flat().map(({ serverId }) => serverId);
      expect(ids).toEqual(["primary-1", ...serverIds]);
      expect(pages).toHaveLength(Math.ceil(8 / pageSize));
    },
  );

  function journalOf(count: number) {
    const journal = openEmptyJournal();
    for (let id = 1n; id <= count; id += 1n) {
      const serverId = id % 3n === 0n ? "server-0" : "primary-1";
      journal.commit({
        ...noChange,
        signals: [sampleSignal(id, { serverId })],
        runs: [sampleRun(`run-${id}`, { serverId })],
      });
    }
    return { journal, others: [sampleSettings({ serverId: "server-0" })] };
  }

  test.each(["", "primary-1", "server-0"])(
    'every signal of "%s" comes exactly once, newest first',
    async (serverId) => {
      const wire = await wired(journalOf(31));
      const pages = await readPages(async (pageToken) => {
        const answer = await wire.listSignals({ serverId, pageSize: 4, pageToken });
        return { rows: answer.signals, next: answer.nextPageToken };
      });
      const all = Array.from({ length: 31 }, (_, index) => BigInt(31 - index));
      const isOf = (id: bigint) =>
        serverId === "" || (id % 3n === 0n) === (serverId !== "primary-1");
      expect(pages.flat().map(({ signalId }) => signalId)).toEqual(all.filter(isOf));
    },
  );

  test("every run comes exactly once, newest first, also when new ones come", async () => {
    const { journal, others } = journalOf(9);
    const wire = await wired({ journal, others });
    let added = 0;
    const pages = await readPages(async (pageToken) => {
      const answer = await wire.listRuns({ pageSize: 4, pageToken });
      added += 1;
      journal.commit({ ...noChange, runs: [sampleRun(`late-${added}`)] });
      return { rows: answer.runs, next: answer.nextPageToken };
    });
    const all = Array.from({ length: 9 }, (_, index) => `run-${9 - index}`);
    expect(pages.flat().map(({ runId }) => runId)).toEqual(all);
  });

  test("runs with much output come in pages that any client can take", async () => {
    const failed = {
      name: "orders",
      activity: "FAILED",
      isOk: false,
      error: "exited with code 3",
      lastLines: Array.from({ length: 20 }, () => "x".repeat(8192)),
    };
    const steps = sampleSteps("failed").map((step) => ({ ...step, channels: [failed] }));
    const journal = openEmptyJournal();
    const names = Array.from({ length: 12 }, (_, index) => `run-${index}`);
    const runs = names.map((runId) => sampleRun(runId, { steps }));
    journal.commit({ ...noChange, runs });
    const wire = await wired({ journal });
    const pages = await readPages(async (pageToken) => {
      const answer = await wire.listRuns({ pageToken });
      return { rows: answer.runs, next: answer.nextPageToken };
    });
    expect(pages.flat().map(({ runId }) => runId)).toEqual(names.toReversed());
    expect(pages.length).toBeGreaterThan(1);
  });

  test("a page of 0 entries is one of 100", async () => {
    const wire = await wired(journalOf(130));
    expect((await wire.listSignals()).signals).toHaveLength(100);
    expect((await wire.listRuns()).runs).toHaveLength(100);
  });
});

describe("GetRun", () => {
  test("tells a run with its steps and what became of each channel", async () => {
    const failed = {
      name: "orders",
      activity: "FAILED",
      isOk: false,
      error: "exited with code 3",
      lastLines: ["out of paper"],
    };
    const answer: OrderAnswer = { kind: "answered", channels: [failed] };
    const wire = await wired({ answer: ({ kind }) => (kind === "start" ? answer : undefined) });
    await bringToLife(wire);
    await wire.story.time.pass(1000);
    const { runId } = await wire.getServer();
    const { run } = await wire.getRun(runId);
    expect(run).toMatchObject({
      runId: "primary-1-2-signal",
      serverId: "primary-1",
      reason: "signal",
      signal: Signal.SIGNAL_DEAD,
      signalId: 2n,
      caseName: "DEAD",
      term: 2n,
      state: RunState.RUN_STATE_RUNNING,
      endedAt: undefined,
      actor: undefined,
    });
    expect(run?.startedAt).toEqual(new Date(wire.story.time.clock.wallMs()));
    expect(run?.steps).toMatchObject([
      {
        index: 0,
        kind: "startChannels",
        subject: "backup-1",
        state: StepState.STEP_STATE_RETRYING,
        attempts: 1,
        channels: [
          {
            name: "orders",
            activity: Activity.ACTIVITY_FAILED,
            ok: false,
            error: "exited with code 3",
            lastLines: ["out of paper"],
          },
        ],
      },
    ]);
  });

  test("fails with NOT_FOUND for a run that does not exist", async () => {
    const wire = await wired();
    const failure = await failureOf(wire.getRun("primary-1-99-signal"));
    expect(failure).toMatchObject({
      code: Code.NOT_FOUND,
      reason: "UNKNOWN_RUN",
      metadata: { runId: "primary-1-99-signal" },
    });
  });
});

const milliseconds = (value: { seconds: bigint; nanos: number } | undefined) =>
  value === undefined ? undefined : Number(value.seconds) * 1000 + value.nanos / 1e6;

describe("ExplainServer", () => {
  test("counts the time to DEAD down, and up again with a good heartbeat", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    expect(milliseconds((await wire.explain()).timeToDead)).toBe(1000);
    await wire.story.time.pass(400);
    expect(milliseconds((await wire.explain()).timeToDead)).toBe(600);
    await stream.beat({ lease: leaseReport("held", 1n) });
    expect(milliseconds((await wire.explain()).timeToDead)).toBe(1000);
    await wire.story.time.pass(1000);
    expect((await wire.explain()).timeToDead).toBeUndefined();
  });

  test("says what would come next, and how regular the heartbeats were", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const { summary, next, recentGaps, monitorLag, history } = await wire.explain();
    expect(summary).toMatch(/^Server primary-1 is live: .*the server itself, under term 1/);
    expect(next).toMatchObject([
      { event: "threshold_passed", to: ServerState.SERVER_STATE_DEAD, signal: Signal.SIGNAL_DEAD },
      { event: "close_received", to: ServerState.SERVER_STATE_CLOSED, signal: Signal.SIGNAL_CLOSE },
    ]);
    expect(recentGaps.map(milliseconds)).toEqual([0, ...Array.from({ length: 11 }, () => 100)]);
    expect(milliseconds(monitorLag)).toBe(0);
    expect(history.map(({ text }) => text)).toContain(
      "The gate is passed: the server may hold the lease",
    );
  });

  test("says that it was never heard, and who keeps it in maintenance", async () => {
    const wire = await wired();
    await wire.setMaintenance();
    expect((await wire.explain()).blockedBy).toEqual([
      "It has never been heard",
      "Maintenance by anna: nothing is declared (a new disk)",
    ]);
  });

  test("says why a heartbeat is not good", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    await stream.beat({ channelsAnswering: false });
    expect((await wire.explain()).blockedBy).toEqual([
      "The last heartbeat was not good: Its channels service does not answer",
    ]);
  });

  test("says which target the gate waits for, why, and what an operator can do", async () => {
    const silent: OrderAnswer = { kind: "failed", error: "no answer within 1 s" };
    const wire = await wired({ answer: ({ kind }) => (kind === "stop" ? silent : undefined) });
    const stream = new HeartbeatClient(wire);
    await stream.beat();
    await stream.beat();
    await wire.story.time.pass(10);
    const { blockedBy } = await wire.explain();
    expect(blockedBy).toEqual([
      expect.stringMatching(/^The gate waits for target backup-1: no answer.*confirm it stopped/),
      expect.stringMatching(/\(stop channels on backup-1, attempt 1\): no answer within 1 s$/),
    ]);
  });

  test("says which step of a takeover does not get done, and why", async () => {
    const refused: OrderAnswer = { kind: "failed", error: "the disk is full" };
    const wire = await wired({ answer: ({ kind }) => (kind === "start" ? refused : undefined) });
    await bringToLife(wire);
    await wire.story.time.pass(3000);
    expect((await wire.explain()).blockedBy).toContainEqual(
      expect.stringMatching(/\(start channels on backup-1, attempt \d+\): the disk is full$/),
    );
  });

  test("says that a failback waits for an operator", async () => {
    const journal = openEmptyJournal();
    const record = sampleServer({
      state: "live",
      holder: "machine-1",
      term: 5n,
      hold: { until: "operator" },
      switchover: undefined,
      maintenance: undefined,
      isCloseUntold: false,
    });
    journal.commit({ ...noChange, servers: [record] });
    const wire = await wired({ journal });
    expect((await wire.getServer()).failbackHeld).toBe(true);
    expect((await wire.explain()).blockedBy).toContain("The failback waits for an operator");
  });
});

// Answers that would be too large for a client, which takes no more than 4 MiB of one message: they
// are cut, and say so.

import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Run, WatchServersRequest } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { newStepRecord, type ChannelOutcome } from "../core/run-record.ts";
import { sampleSettings } from "../core/story.fixture.ts";
import { noChange, sampleRun } from "../store/sample-records.fixture.ts";
import { runBytesMax } from "./fit-run.ts";
import { HeartbeatClient } from "./heartbeat-client.fixture.ts";
import { openEmptyJournal, openWire } from "./wire.fixture.ts";

async function wired(...options: Parameters<typeof openWire>) {
  const wire = await openWire(...options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

describe("GetRun of a run with very many channels", () => {
  const start = { kind: "start_channels", target: "backup-1", names: ["*"] } as const;

  function outcome(index: number, fields: { isOk: boolean; errorLength: number; lines: number }) {
    const { isOk, errorLength, lines } = fields;
    return {
      name: `channel-${String(index).padStart(5, "0")}`,
      activity: isOk ? "STARTED" : "FAILED",
      isOk,
      error: isOk ? "" : "x".repeat(errorLength),
      lastLines: Array.from({ length: lines }, () => "y".repeat(500)),
    };
  }

  async function getRun(steps: number, channels: readonly ChannelOutcome[]) {
    const lastError = channels.map(({ error }) => error).join("; ");
    const step = { ...newStepRecord(start), state: "retrying", channels, lastError } as const;
    const journal = openEmptyJournal();
    const run = sampleRun("large", { steps: Array.from({ length: steps }, () => step) });
    journal.commit({ ...noChange, runs: [run] });
    const wire = await wired({ journal });
    const answer = (await wire.getRun("large")).run;
    if (answer === undefined) throw new Error("the answer has no run");
    expect(Run.encode(answer).finish().length).toBeLessThanOrEqual(runBytesMax);
    return answer;
  }

  const outcomes = (count: number, fields: { errorLength: number; lines: number }) =>
    Array.from({ length: count }, (_, index) =>
      outcome(index, { isOk: index % 2 === 0, ...fields }),
    );

  test("of usual size is told whole", async () => {
    const { steps } = await getRun(1, outcomes(20, { errorLength: 100, lines: 20 }));
    expect(steps[0]).toMatchObject({ shortened: false, channelsOmitted: 0 });
    expect(steps[0]?.channels[0]?.lastLines).toHaveLength(20);
  });

  test("gives up the last lines of output first", async () => {
    const { steps } = await getRun(1, outcomes(500, { errorLength: 100, lines: 20 }));
    expect(steps[0]).toMatchObject({ shortened: true, channelsOmitted: 0 });
    expect(steps[0]?.channels).toHaveLength(500);
    expect(steps[0]?.channels[1]).toMatchObject({ lastLines: [], error: "x".repeat(100) });
  });

  test("then shortens what went wrong", async () => {
    const { steps } = await getRun(1, outcomes(1000, { errorLength: 3000, lines: 1 }));
    expect(steps[0]?.channels).toHaveLength(1000);
    expect(steps[0]?.channels[1]?.error).toMatch(/^x{199}…$/);
    expect(steps[0]?.lastError).toHaveLength(200);
  });

  test("then leaves channels out, those that failed last, and says how many", async () => {
    const { steps } = await getRun(50, outcomes(1000, { errorLength: 3000, lines: 1 }));
    expect(steps).toHaveLength(50);
    expect(steps[7]?.channels.map(({ ok }) => ok)).toEqual(Array.from({ length: 30 }, () => false));
    expect(steps[7]?.channelsOmitted).toBe(970);
  });
});

describe("servers with very many channels", () => {
  const others = Array.from({ length: 30 }, (_, index) =>
    sampleSettings({ serverId: `server-${String(index).padStart(2, "0")}` }),
  );
  const serverIds = ["primary-1", ...others.map(({ serverId }) => serverId)];
  const channels = Array.from({ length: 1000 }, (_, index) => ({
    name: `${"channel-".repeat(6)}${index}`,
    activity: Activity.ACTIVITY_STARTED,
    term: 1n,
  }));

  // 31 servers of some 70 kB each.
  async function openLarge() {
    const wire = await wired({ others });
    for (const serverId of serverIds) {
      await new HeartbeatClient(wire).beat({ serverId, channels });
    }
    return wire;
  }

  test("come on more pages than asked for, each exactly once", async () => {
    const wire = await openLarge();
    const seen: string[] = [];
    let pages = 0;
    let pageToken = "";
    do {
      const page = await wire.listServers({ pageSize: 1000, pageToken });
      seen.push(...page.servers.map(({ serverId }) => serverId));
      pageToken = page.nextPageToken;
      pages += 1;
    } while (pageToken !== "" && pages < 100);
    expect(seen).toEqual(serverIds);
    expect(pages).toBe(2);
  });

  test("follow the snapshot of a watch as changed", async () => {
    const wire = await openLarge();
    const stream = wire.client.watchServers(WatchServersRequest.create());
    onTestFinished(() => stream.cancel());
    const seen: string[] = [];
    stream.on("error", () => {});
    stream.on("data", ({ event }) => {
      if (event?.$case === "changed") seen.push(event.value.serverId);
      if (event?.$case === "snapshot") {
        seen.push(...event.value.servers.map((each: { serverId: string }) => each.serverId));
      }
    });
    await vi.waitFor(() => expect(seen).toHaveLength(31), { timeout: 15_000 });
    expect(seen).toEqual(serverIds);
  });
});

// Status that cannot lie: what is told carries its instant, its term and its source, and what is
// old is told as old, never as if it were fresh.

import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { RunState, WatchServersRequest } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { bringToLife, HeartbeatClient, leaseReport } from "./heartbeat-client.fixture.ts";
import { DrawnPicture } from "./target-picture.ts";
import { openWire } from "./wire.fixture.ts";

async function wired(...options: Parameters<typeof openWire>) {
  const wire = await openWire(...options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

const started = [{ name: "orders", activity: Activity.ACTIVITY_STARTED, term: 1n }];

describe("what a server said of itself", () => {
  test("is UNKNOWN a threshold after its last good heartbeat, but for its time", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    await stream.beat({
      lease: leaseReport("held", 1n, { leftMs: 700 }),
      channels: started,
    });
    const reportedAt = new Date(wire.story.time.clock.wallMs());
    await wire.story.time.pass(999);
    expect(await wire.getServer()).toMatchObject({ channels: started, reportedAt });
    await wire.story.time.pass(1);
    expect(await wire.getServer()).toMatchObject({
      channels: [{ name: "orders", activity: Activity.ACTIVITY_UNKNOWN, term: 1n }],
      reportedAt,
      asOf: new Date(wire.story.time.clock.wallMs()),
      lease: leaseReport("held", 1n, { leftMs: 0 }),
    });
  });

  test("is UNKNOWN when its heartbeats speak for a silent channels service", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    for (let beat = 0; beat < 11; beat += 1) {
      await stream.beat({ channelsAnswering: false, channels: started });
      await wire.story.time.pass(100);
    }
    const { channels } = await wire.getServer();
    expect(channels).toMatchObject([{ activity: Activity.ACTIVITY_UNKNOWN }]);
  });

  test("has no time and no content before its first word to this monitor", async () => {
    const wire = await wired();
    const { reportedAt, lease, channels } = await wire.getServer();
    expect({ reportedAt, lease, channels }).toEqual({
      reportedAt: undefined,
      lease: undefined,
      channels: [],
    });
  });
});

describe("what a target said of its channels", () => {
  const observed = [
    {
      name: "orders",
      protectedBy: "primary-1",
      activity: "STARTED",
      term: 7n,
      isOverridden: false,
      digest: "d1",
    },
    {
      name: "reports",
      protectedBy: "",
      activity: "STARTED",
      term: 0n,
      isOverridden: false,
      digest: "d2",
    },
  ];

  test("is told of the channels of the server, while the watch is open", async () => {
    const picture = new DrawnPicture();
    picture.draw(observed, { isSnapshot: true, wallMs: 5000 });
    const wire = await wired({ picture });
    expect((await wire.getServer()).targets).toMatchObject([
      {
        watched: true,
        lastWordAt: new Date(5000),
        channels: [{ name: "orders", activity: Activity.ACTIVITY_STARTED, term: 7n }],
      },
    ]);
  });

  test("is UNKNOWN when the watch is broken, with the time of its last word", async () => {
    const picture = new DrawnPicture();
    picture.draw(observed, { isSnapshot: true, wallMs: 5000 });
    picture.isWatched = false;
    const wire = await wired({ picture });
    expect((await wire.getServer()).targets).toMatchObject([
      {
        watched: false,
        lastWordAt: new Date(5000),
        channels: [{ name: "orders", activity: Activity.ACTIVITY_UNKNOWN, term: 7n }],
      },
    ]);
  });

  test("of a target that has not spoken yet is nothing", async () => {
    const wire = await wired({ picture: new DrawnPicture() });
    expect((await wire.getServer()).targets).toMatchObject([
      { watched: false, lastWordAt: undefined, channels: [] },
    ]);
  });

  test("a snapshot forgets what is gone, a change forgets nothing", () => {
    const picture = new DrawnPicture();
    picture.draw(observed, { isSnapshot: true, wallMs: 1 });
    const orders = {
      name: "orders",
      protectedBy: "primary-1",
      activity: "STOPPED",
      term: 8n,
      isOverridden: false,
      digest: "d1",
    };
    picture.draw([orders], { isSnapshot: false, wallMs: 2 });
    expect(picture.channelsOf("")).toHaveLength(1);
    expect(picture.channelsOf("primary-1")).toEqual([orders]);
    picture.draw([], { isSnapshot: true, wallMs: 3 });
    expect(picture.channelsOf("primary-1")).toEqual([]);
  });
});

test("a failback that is held says for what, for how long, and why", async () => {
  const flap = { deaths: 1, stableAfterMs: 60_000, holdMs: 30_000, holdMaxMs: 30_000 };
  const wire = await wired({ settings: { flap } });
  await bringToLife(wire);
  await wire.story.time.pass(2000);
  const stream = new HeartbeatClient(wire);
  await stream.beat();
  await stream.beat();
  const server = await wire.getServer();
  const because =
    "Flap protection after 1 death in a row: " +
    "the failback waits until it has been live for 30 s, or an operator asks for it";
  expect(server).toMatchObject({
    failbackHeld: true,
    recentDeaths: 1,
    failbackHold: { delay: { seconds: 30n }, timeLeft: { seconds: 30n }, because },
  });
  const { run } = await wire.getRun(server.runId);
  expect(run).toMatchObject({
    state: RunState.RUN_STATE_HELD,
    heldBecause: because,
    because: "A good heartbeat has arrived again",
    asOf: new Date(wire.story.time.clock.wallMs()),
    journalId: "journal-1",
    term: 3n,
  });
  expect((await wire.explain()).history.map(({ text }) => text)).toContain(because);
});

test("every server of a list or a watch says when it was so, by which journal", async () => {
  const wire = await wired();
  const asOf = new Date(wire.story.time.clock.wallMs());
  const stream = wire.client.watchServers(WatchServersRequest.create());
  onTestFinished(() => stream.cancel());
  stream.on("error", () => {});
  const [first] = await stream.take(1).toArray();
  const told = [...(await wire.listServers()).servers, ...(first?.event?.value?.servers ?? [])];
  expect(told).toMatchObject([
    { asOf, journalId: "journal-1" },
    { asOf, journalId: "journal-1" },
  ]);
});

// One stream of a server counts: what an older one said, or was answered, means nothing any more.

import { expect, test } from "vitest";
import { gapsOf } from "./core/arrivals.ts";
import { anna } from "./core/story.fixture.ts";
import { TestMonitor } from "./monitor.fixture.ts";
import type { Journal } from "./ports.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const emptyJournal = () => openMemoryJournal(createMemoryDisk("journal-1"));

test("an answer of the stream before proves no round trip on a new one", async () => {
  using story = new TestMonitor(emptyJournal());
  await story.bringToLife();
  const held = { lease: "held", leaseTerm: 1n, areChannelsStopped: false } as const;
  const { liveness } = story.server.watched;
  story.connect();
  story.beat({ ...held, sequence: 100 });
  story.beat({ ...held, sequence: 101, acknowledged: 100 });
  expect(liveness.lastVerdict).toBe("good");
  story.connect();
  story.beat({ ...held, sequence: 102, acknowledged: 101 });
  expect(liveness.lastVerdict).toBe("unproven");
});

test("a gap counts across two streams of one life, and not across two lives", async () => {
  using story = new TestMonitor(emptyJournal());
  await story.bringToLife();
  const { arrivals } = story.server.watched.liveness;
  const begin = async (lifeId: string) => {
    await story.time.pass(300);
    story.connect("machine-1", lifeId);
    story.beatHeld();
    story.beatHeld();
  };
  await begin("life-1");
  expect(arrivals.lastGapMs).toBe(300);
  const { samples } = gapsOf(arrivals);
  await begin("life-2");
  expect(arrivals.lastGapMs).toBe(300);
  expect(gapsOf(arrivals).samples).toBe(samples);
});

test("what makes a server unfit breaks a gap, and answers that do not arrive do not", async () => {
  using story = new TestMonitor(emptyJournal());
  await story.bringToLife();
  const { arrivals } = story.server.watched.liveness;
  const { samples } = gapsOf(arrivals);
  await story.time.pass(100);
  story.beat({ acknowledged: 0 });
  await story.time.pass(100);
  story.beatHeld();
  expect(gapsOf(arrivals).samples).toBe(samples + 1);
  expect(arrivals.lastGapMs).toBe(200);
  story.beat({ isChannelsAnswering: false });
  await story.time.pass(100);
  story.beatHeld();
  expect(gapsOf(arrivals).samples).toBe(samples + 1);
});

test("a close on a replaced stream means nothing", async () => {
  using story = new TestMonitor(emptyJournal());
  await story.bringToLife();
  story.connect();
  expect(story.server.streams.close(1, anna)).toBeUndefined();
  expect(story.signals()).toEqual(["LIVE 1"]);
  expect(story.server.streams.close(2, anna)).toBeUndefined();
  expect(story.signals()).toEqual(["LIVE 1", "CLOSE 2"]);
});

test("an override that could not be noted is news again with the next heartbeat", async () => {
  const disk = { isFull: false };
  const journal = journalOn(disk);
  using story = new TestMonitor(journal);
  await story.bringToLife();
  const { term } = story.record;
  const overridden = { lease: "override", override: anna, areChannelsStopped: false } as const;
  disk.isFull = true;
  expect(story.beat(overridden)).toMatchObject({ grant: "nothing", term });
  disk.isFull = false;
  expect(story.beat(overridden)).toMatchObject({ grant: "nothing", term: term + 1n });
  const [entry] = journal.listHistory("primary-1", 10).filter(({ actor }) => actor !== undefined);
  expect(entry?.actor).toEqual(anna);
});

test("no lease is held against a server while no new term can be stored for it", async () => {
  const disk = { isFull: false };
  using story = new TestMonitor(journalOn(disk));
  await story.bringToLife();
  const { term } = story.record;
  const ended = { lease: "ended", leaseTerm: term, areChannelsStopped: true } as const;
  disk.isFull = true;
  for (let beats = 0; beats < 30; beats += 1) {
    story.beat(ended);
    await story.time.pass(100);
  }
  expect(story.server.watched.liveness.lastVerdict).toBe("lease_missing");
  disk.isFull = false;
  story.beat(ended);
  expect(story.record).toMatchObject({ state: "live", term: term + 1n });
});

function journalOn(disk: { isFull: boolean }): Journal {
  const inner = emptyJournal();
  return {
    ...inner,
    commit: (change) => {
      if (disk.isFull) throw new Error("disk full");
      inner.commit(change);
    },
  };
}

// Who holds the lease until when, from a whole monitor at work.

import { expect, onTestFinished, test } from "vitest";
import { TestMonitor } from "../monitor.fixture.ts";
import { createMemoryDisk, openMemoryJournal } from "../store/memory.ts";
import { leaseHoldingOf } from "./lease-holding.ts";

function begin(
  options: ConstructorParameters<typeof TestMonitor>[1] = {},
  disk = createMemoryDisk("journal-1"),
) {
  const story = new TestMonitor(openMemoryJournal(disk), options);
  onTestFinished(() => story[Symbol.dispose]());
  return story;
}

const told = (story: TestMonitor) => leaseHoldingOf(story.server.watched, story.time.nowMs);

test("a server that beats holds it for a lease from its last grant, drift included", async () => {
  const story = begin({ settings: { leaseMarginMs: 50 } });
  await story.bringToLife();
  const grantMs = story.time.nowMs;
  await story.time.pass(100);
  const holding = told(story);
  expect(holding).toMatchObject({
    holder: "machine-1",
    text: expect.stringContaining("renews it"),
  });
  // 750 ms and 0.1 % of drift, rounded up.
  expect(holding?.untilMs).toBe(grantMs + 751);
  expect(holding?.goneByMs).toBe(grantMs + 801);
});

test("after a death nobody holds it: the backup has the channels", async () => {
  const story = begin();
  await story.bringToLife();
  await story.time.pass(2000);
  expect(story.record.assignment).toBe("backup");
  expect(told(story)).toMatchObject({
    untilMs: undefined,
    text: expect.stringContaining("the backup has its channels"),
  });
});

test("of a server that was never granted one nobody holds it", () => {
  expect(told(begin())).toMatchObject({ untilMs: undefined, text: "Nobody holds a lease" });
});

test("a lease of the monitor's life before may be out for as long as one lasts", async () => {
  const disk = createMemoryDisk("journal-1");
  const first = begin({}, disk);
  await first.bringToLife();
  first[Symbol.dispose]();
  const next = begin({}, disk);
  expect(told(next)).toMatchObject({
    untilMs: 751,
    text: expect.stringContaining("one of its life before may be out"),
  });
  await next.time.pass(760);
  expect(told(next)).toMatchObject({ untilMs: undefined });
});

test("a release bounds it where a monitor left one", async () => {
  const story = begin();
  await story.bringToLife();
  void story.monitor.release();
  expect(told(story)).toMatchObject({ text: expect.stringContaining("A long lease is out") });
  const leftMs = (told(story)?.untilMs ?? 0) - story.time.nowMs;
  expect(leftMs).toBeGreaterThanOrEqual(60_000);
});

test("an override has no bound", async () => {
  const story = begin();
  await story.bringToLife();
  story.beat({ lease: "override", override: { name: "anna", reason: "fire" } });
  expect(told(story)).toMatchObject({
    untilMs: undefined,
    text: expect.stringContaining("by an override of anna"),
  });
});

test("without protection there is no lease to tell of", () => {
  const story = begin({ settings: { protection: "none" } });
  expect(told(story)).toBeUndefined();
});

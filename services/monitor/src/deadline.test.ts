// What waits in the sockets is read before anybody is blamed for silence (hazard 15, I6).

import { expect, test } from "vitest";
import { TestMonitor } from "./monitor.fixture.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

/**
 * The last good heartbeat was 600 ms ago. One that was not good was answered since, so that the
 * next one can prove a round trip.
 */
async function beginSilence() {
  const story = new TestMonitor(openMemoryJournal(createMemoryDisk("journal-1")));
  await story.bringToLife();
  await story.time.pass(600);
  story.beat({ isChannelsAnswering: false });
  return story;
}

test("a heartbeat that waits to be read at the threshold keeps the server live", async () => {
  using story = await beginSilence();
  story.time.awaitRead(() => story.beatHeld());
  await story.time.pass(400);
  expect(story.record.state).toBe("live");
  expect(story.signals()).toEqual(["LIVE 1"]);
});

test("the threshold then counts from the heartbeat that was read", async () => {
  using story = await beginSilence();
  story.time.awaitRead(() => story.beatHeld());
  await story.time.pass(1399);
  expect(story.record.state).toBe("live");
  await story.time.pass(1);
  expect(story.record.state).toBe("dead");
});

test("a heartbeat that proves nothing does not, although it was waiting", async () => {
  using story = await beginSilence();
  story.time.awaitRead(() => story.beat({ isChannelsAnswering: false }));
  await story.time.pass(400);
  expect(story.record.state).toBe("dead");
});

test("a close that waits to be read is a CLOSE, not a death", async () => {
  using story = await beginSilence();
  story.time.awaitRead(() => story.close());
  await story.time.pass(400);
  expect(story.signals()).toEqual(["LIVE 1", "CLOSE 2"]);
});

// The questions of a gate end with it: a confirmation under an old term proves nothing.

import { expect, test } from "vitest";
import { TestMonitor } from "./monitor.fixture.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

test("a new gate asks under its own term, and nothing is asked under the old one", async () => {
  const underWay: AbortSignal[] = [];
  using story = new TestMonitor(openMemoryJournal(createMemoryDisk("journal-1")), {
    answer: ({ names, term }, signal) => {
      // The question of the first gate is never answered while that gate is open.
      if (names.includes("*") && term === 1n) underWay.push(signal);
      return { kind: "failed", error: "no answer" };
    },
  });
  story.connect();
  story.beat();
  story.beat();
  await story.time.pass(500);
  expect(underWay.length).toBeGreaterThan(1);
  story.close();
  expect(underWay.every(({ aborted }) => aborted)).toBe(true);
  story.connect();
  story.beat();
  story.beat();
  expect(story.signals()).toEqual(["LIVE 1", "CLOSE 2", "LIVE 3"]);
  const before = story.orders.length;
  await story.time.pass(900);
  const asked = story.orders.slice(before).filter(({ names }) => names.includes("*"));
  expect(new Set(asked.map(({ term }) => term))).toEqual(new Set([3n]));
});

// Rules of the way to the monitor: giving up, coming back, and serials.

import { expect, test } from "vitest";
import type { BeatEffect } from "./beat-state.ts";
import { connect, firstLink, stableStreamMs } from "./link.ts";
import { statusOf } from "./status.ts";
import { settings, type Story, tellRoutine, tellStory } from "./story.fixture.ts";

function addresses(effects: readonly BeatEffect[]) {
  return effects.filter((each) => each.type === "open_stream").map(({ address }) => address);
}

function fail(story: Story) {
  const serial = story.state().link.serial;
  return story.tell({ type: "stream_ended", serial, because: "connection refused" });
}

test("a black-holed monitor is given up, and the next address is tried at once", () => {
  const story = tellStory({ addresses: ["first:1", "second:2"] });
  expect(addresses(story.tell({ type: "time_passed" }))).toEqual(["first:1"]);
  story.settle();
  story.open();
  const effects = story.run(settings.silenceMs);
  expect(effects).toContainEqual({ type: "drop_stream" });
  expect(addresses(effects)).toEqual(["second:2"]);
  expect(story.state().link.lastError).toMatch("first:1 has not answered for 600 ms");
});

test("a connection that never comes about is given up as well", () => {
  const story = tellStory({ addresses: ["first:1", "second:2"] });
  story.tell({ type: "time_passed" });
  expect(addresses(story.run(settings.silenceMs))).toEqual(["second:2"]);
});

test("a monitor that falls silent after answers is left for the next address", () => {
  const story = tellRoutine({ addresses: ["first:1", "second:2"] });
  expect(addresses(story.run(200 + settings.silenceMs))).toEqual(["second:2"]);
});

test("a stream is silent only while an answer is due, however long the interval", () => {
  const story = tellRoutine({ intervalMs: 10_000 });
  expect(story.run(9_000)).not.toContainEqual({ type: "drop_stream" });
});

test("a lost stream is opened again at once, at the same address", () => {
  const story = tellRoutine({ addresses: ["first:1", "second:2"] });
  story.wait(stableStreamMs);
  expect(addresses(fail(story))).toEqual(["first:1"]);
});

test("an error is told until the monitor answers again, and no longer", () => {
  const story = tellRoutine();
  const told = () => statusOf(story.state(), story.nowMs()).lastError;
  story.wait(stableStreamMs);
  fail(story);
  story.open();
  story.settle();
  expect(told()).toBe("connection refused");
  story.run(5);
  story.answer(1);
  expect(told()).toBe("");
});

test("pauses double up to the maximum, counted in rounds over all addresses", () => {
  const pauses = (list: readonly string[]) => {
    const story = tellStory({ addresses: list });
    story.tell({ type: "time_passed" });
    return Array.from({ length: 8 }, () => {
      const failedAtMs = story.nowMs();
      for (let opened = addresses(fail(story)); opened.length === 0;) {
        opened = addresses(story.run(5));
      }
      return story.nowMs() - failedAtMs;
    });
  };
  expect(pauses(["first:1"])).toEqual([25, 50, 100, 200, 200, 200, 200, 200]);
  expect(pauses(["first:1", "second:2"])).toEqual([0, 25, 25, 50, 50, 100, 100, 200]);
});

test("a monitor that answers once and ends every stream is not asked in a storm", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.report();
  let streams = 0;
  for (let round = 0; round < 20; round += 1) {
    story.open();
    story.answer(1);
    streams += addresses(fail(story)).length;
    if (story.state().link.stream.kind === "waiting") story.run(200);
  }
  expect(streams).toBe(0);
});

test("the end of an older stream changes nothing", () => {
  const story = tellRoutine();
  const serial = story.state().link.serial - 1;
  const before = story.state().link;
  story.tell({ type: "stream_ended", serial, because: "late" });
  expect(story.state().link).toBe(before);
});

test("serials rise with every stream, and over a restart of the service", () => {
  const story = tellStory();
  const serials = [];
  story.tell({ type: "time_passed" });
  for (let round = 0; round < 10; round += 1) {
    serials.push(story.state().link.serial);
    fail(story);
    story.run(400);
  }
  expect(new Set(serials).size).toBe(10);
  expect(serials).toEqual(serials.toSorted((a, b) => a - b));
  const successor = connect(firstLink({ nowMs: 0, bootMs: story.bootMs() }), settings, {
    nowMs: 0,
    bootMs: story.bootMs(),
  });
  expect(successor.serial).toBeGreaterThan(story.state().link.serial);
});

// Rules of the lease on its way from the monitor to the channels service (R1, R2, R9; hazards 7,
// 21).

import { expect, test } from "vitest";
import type { BeatEffect } from "./beat-state.ts";
import {
  ended,
  held,
  lease,
  order,
  type Story,
  tellRoutine,
  tellStory,
  withdraw,
} from "./story.fixture.ts";

function calls(effects: readonly BeatEffect[]) {
  return effects.filter((each) => each.type === "call_channels").map(({ decision }) => decision);
}

function sequences(effects: readonly BeatEffect[]) {
  return effects.filter((each) => each.type === "send_heartbeat").map(({ sequence }) => sequence);
}

/** The next heartbeat's number, with the channels service quiet. */
function beat(story: Story): number {
  const [sequence = 0] = sequences(story.run(200));
  story.settle(held(3));
  return sequence;
}

function lose(story: Story) {
  story.wait(2000);
  const serial = story.state().link.serial;
  return story.tell({ type: "stream_ended", serial, because: "connection reset" });
}

test("one call is under way at a time, and the newest renewal waits", () => {
  const story = tellRoutine();
  const first = beat(story);
  expect(calls(story.answer(first, lease(3)))).toHaveLength(1);
  const [second = 0, third = 0] = sequences(story.run(400));
  expect(calls(story.answer(second, lease(3, 800)))).toEqual([]);
  expect(calls(story.answer(third, lease(3, 900)))).toEqual([]);
  const [renewed] = calls(story.report(held(3)));
  expect(renewed?.kind).toBe("renew");
  expect(renewed).toHaveProperty("deadlineBootMs", expect.closeTo(story.bootMs() + 900, -2));
  expect(calls(story.settle(held(3))).filter(({ kind }) => kind === "renew")).toEqual([]);
});

test("a withdraw is not replaced by a renewal of an older term", () => {
  const story = tellRoutine();
  story.run(190);
  story.tell({ type: "channels_changed" });
  const [first = 0, second = 0] = sequences(story.run(400));
  story.answer(first, withdraw(4));
  story.answer(second, lease(3));
  expect(calls(story.report(held(3)))).toMatchObject([{ kind: "withdraw", order: order(4) }]);
  expect(calls(story.report(ended(3)))).not.toMatchObject([{ kind: "renew" }]);
});

test("a withdraw that failed is repeated with the next beat until it is answered", () => {
  const story = tellRoutine();
  const sequence = beat(story);
  expect(calls(story.answer(sequence, withdraw(4)))).toMatchObject([{ kind: "withdraw" }]);
  expect(calls(story.tell({ type: "report_failed", because: "late" }))).toEqual([]);
  expect(calls(story.run(200))).toMatchObject([{ kind: "withdraw", order: order(4) }]);
  story.settle(ended(4));
  story.run(10);
  story.settle(ended(4));
  expect(calls(story.run(200))).toMatchObject([{ kind: "probe" }]);
});

test("a new stream cuts the lease before its first heartbeat", () => {
  const story = tellRoutine();
  lose(story);
  story.settle(held(3));
  const opened = story.open();
  expect(sequences(opened)).toEqual([]);
  expect(calls(opened)).toMatchObject([
    { kind: "cut", order: order(3), serial: story.state().link.serial },
  ]);
  expect(calls(opened)).toMatchObject([{ deadlineBootMs: story.bootMs() + 750 }]);
  expect(sequences(story.report(held(3)))).toEqual([1]);
});

test("the first heartbeat of a stream waits for the cut, not for a call that was under way", () => {
  const story = tellRoutine();
  story.tell({ type: "channels_changed" });
  lose(story);
  story.open();
  const after = story.report(held(3));
  expect(calls(after)).toMatchObject([{ kind: "cut" }]);
  expect(sequences(after)).toEqual([]);
  expect(sequences(story.report(held(3)))).toEqual([1]);
});

test("a cut that fails does not silence the stream, and is made before anything else later", () => {
  const story = tellRoutine();
  lose(story);
  story.settle(held(3));
  story.open();
  const failed = story.tell({ type: "report_failed", because: "late" });
  expect(sequences(failed)).toEqual([1]);
  expect(failed).toMatchObject([
    { type: "send_heartbeat", knowledge: { isAnswering: false } },
    { type: "call_channels", decision: { kind: "cut" } },
  ]);
});

test("a cut drops a waiting renewal of the older stream (revived release)", () => {
  const story = tellRoutine();
  story.run(195);
  const [sequence = 0] = sequences(story.run(200));
  story.answer(sequence, lease(3, 600_000));
  lose(story);
  story.open();
  const decisions = [...calls(story.report(held(3))), ...calls(story.report(held(3)))];
  expect(decisions).toMatchObject([{ kind: "cut" }]);
});

test("a stream without a known lease length is cut before its first renewal", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.report(held(3, 500_000));
  expect(sequences(story.open())).toEqual([1]);
  story.settle(held(3, 500_000));
  story.wait(1);
  const answered = story.answer(1, lease(3, 750));
  expect(calls(answered)).toMatchObject([{ kind: "cut", deadlineBootMs: story.bootMs() + 750 }]);
  expect(calls(story.report(held(3)))).toMatchObject([
    { kind: "renew", deadlineBootMs: story.bootMs() - 1 + 750 },
  ]);
});

test("a release is no ordinary lease: the next stream cuts down to the ordinary one", () => {
  const story = tellRoutine();
  story.answer(beat(story), lease(3, 600_000));
  story.report(held(3, 599_000));
  lose(story);
  story.settle(held(3, 590_000));
  expect(calls(story.open())).toMatchObject([
    { kind: "cut", deadlineBootMs: story.bootMs() + 750 },
  ]);
});

test("a release runs on while no stream is open", () => {
  const story = tellRoutine();
  story.answer(beat(story), lease(3, 600_000));
  story.report(held(3, 599_000));
  lose(story);
  const made = [];
  for (let round = 0; round < 20; round += 1) {
    story.tell({ type: "stream_ended", serial: story.state().link.serial, because: "refused" });
    story.settle(held(3, 590_000));
    made.push(...calls(story.run(200)));
  }
  expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(["probe"]));
});

test("a monitor that grants shorter leases after its restart is followed", () => {
  const story = tellRoutine();
  lose(story);
  story.settle(held(3));
  story.open();
  story.report(held(3));
  expect(calls(story.answer(1, lease(3, 300)))).toMatchObject([
    { kind: "cut", deadlineBootMs: story.bootMs() + 300 },
  ]);
});

test("a call gets two intervals, at most half a lease, and never less than 100 ms", () => {
  const deadline = (story: Story, lengthMs: number) => {
    story.answer(beat(story), lease(3, lengthMs));
    story.settle(held(3));
    const effects = story.tell({ type: "channels_changed" });
    return effects.find((each) => each.type === "call_channels")?.deadlineMs;
  };
  expect(deadline(tellRoutine(), 750)).toBe(375);
  expect(deadline(tellRoutine({ intervalMs: 100 }), 750)).toBe(200);
  expect(deadline(tellRoutine({ intervalMs: 10 }), 750)).toBe(100);
});

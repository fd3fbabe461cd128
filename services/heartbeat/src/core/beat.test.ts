// Rules of the heartbeat: when it beats, what it says, and what it makes of answers.

import { expect, test } from "vitest";
import type { BeatEffect } from "./beat-state.ts";
import { held, idle, lease, order, tellRoutine, tellStory } from "./story.fixture.ts";

const kinds = (effects: readonly BeatEffect[]) => effects.map(({ type }) => type);

function beats(effects: readonly BeatEffect[]) {
  return effects.filter((each) => each.type === "send_heartbeat");
}

function calls(effects: readonly BeatEffect[]) {
  return effects.filter((each) => each.type === "call_channels").map(({ decision }) => decision);
}

test("a service that begins opens a stream and asks the channels service at once", () => {
  const effects = tellStory().tell({ type: "time_passed" });
  expect(kinds(effects)).toEqual(["open_stream", "call_channels"]);
  expect(calls(effects)).toMatchObject([{ kind: "probe" }]);
});

test("the first heartbeat goes out as soon as the stream is open", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.report();
  expect(beats(story.open())).toMatchObject([{ sequence: 1, acknowledged: 0 }]);
});

test("the first heartbeat of a life waits for the first report, and tells the holder", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  expect(beats(story.open())).toEqual([]);
  const [first] = beats(story.report());
  expect(first?.knowledge).toMatchObject({ isAnswering: true, report: { holder: "boot/1/2" } });
});

test("before the channels service has answered, heartbeats say that it does not answer", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.open();
  const [first] = beats(story.tell({ type: "report_failed", because: "connection refused" }));
  expect(first?.knowledge).toMatchObject({ isAnswering: false, report: undefined });
});

test("the first answer on a stream is acknowledged at once, the second with the next beat", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.report();
  story.open();
  story.wait(2);
  expect(beats(story.answer(1))).toMatchObject([{ sequence: 2, acknowledged: 1 }]);
  story.wait(2);
  expect(beats(story.answer(2))).toEqual([]);
  expect(beats(story.run(190))).toEqual([]);
  expect(beats(story.run(10))).toMatchObject([{ sequence: 3, acknowledged: 2 }]);
});

test("heartbeats keep their interval as long as they are answered", () => {
  const story = tellRoutine();
  let sent = 0;
  for (let round = 0; round < 50; round += 1) {
    const effects = story.run(200);
    sent += beats(effects).length;
    for (const { sequence } of beats(effects)) story.answer(sequence, lease(3));
    story.settle(held(3));
  }
  expect(sent).toBe(50);
});

test("a lease counts from the sending of the heartbeat that was answered", () => {
  const story = tellRoutine();
  story.wait(200);
  const sentAtBootMs = story.bootMs();
  const [beat] = beats(story.tell({ type: "time_passed" }));
  story.wait(150);
  const [decision] = calls(story.answer(beat?.sequence ?? 0, lease(3, 750)));
  const deadlineBootMs = sentAtBootMs + 750;
  expect(decision).toMatchObject({ kind: "renew", order: order(3), deadlineBootMs });
});

test("an answer is used once", () => {
  const story = tellRoutine();
  const [beat] = beats(story.run(200));
  story.settle(held(3));
  expect(calls(story.answer(beat?.sequence ?? 0, lease(3)))).toHaveLength(1);
  story.report(held(3));
  expect(calls(story.answer(beat?.sequence ?? 0, lease(3)))).toEqual([]);
});

test("an answer that was overtaken by a later one is ignored", () => {
  const story = tellRoutine();
  const effects = story.run(400);
  const [early, late] = beats(effects).map(({ sequence }) => sequence);
  story.answer(late ?? 0);
  const before = story.state();
  story.answer(early ?? 0, lease(9));
  expect(story.state().knowledge).toBe(before.knowledge);
  expect(story.state().link.stream).toMatchObject({ acknowledged: late });
});

test("an answer to a number that was never sent is ignored", () => {
  const story = tellRoutine();
  expect(story.answer(99, lease(9))).toEqual([]);
  expect(story.answer(0, lease(9))).toEqual([]);
});

test("an answer of an older stream is ignored", () => {
  const story = tellRoutine();
  const [beat] = beats(story.run(200));
  story.settle(held(3));
  const answer = { sequence: beat?.sequence ?? 0, view: "LIVE", unfitBecause: "", ...lease(9) };
  const serial = story.state().link.serial - 1;
  expect(story.tell({ type: "answer_received", serial, answer })).toEqual([]);
});

test("a grant about the channels of another server is not passed on", () => {
  const story = tellRoutine();
  const [beat] = beats(story.run(200));
  story.settle(held(3));
  const foreign = {
    order: order(9, "other-1"),
    decision: { kind: "lease", lengthMs: 750 },
  } as const;
  expect(calls(story.answer(beat?.sequence ?? 0, { grants: [foreign] }))).toEqual([]);
});

test("nothing granted still asks for a report", () => {
  const story = tellRoutine();
  const [beat] = beats(story.run(200));
  story.settle(held(3));
  const nothing = {
    order: order(4),
    decision: { kind: "nothing", overrideMs: undefined },
  } as const;
  const effects = story.answer(beat?.sequence ?? 0, { grants: [nothing] });
  expect(calls(effects)).toMatchObject([{ kind: "probe" }]);
});

test("the highest order known is never below one that came in a grant", () => {
  const story = tellRoutine();
  const [beat] = beats(story.run(200));
  story.settle(held(3));
  const nothing = {
    order: order(7),
    decision: { kind: "nothing", overrideMs: undefined },
  } as const;
  story.answer(beat?.sequence ?? 0, { grants: [nothing] });
  story.report(held(3));
  expect(story.state().knowledge.grantedOrder).toEqual(order(7));
});

test("a lease that is held or has ended is told at once", () => {
  const story = tellRoutine();
  story.run(10);
  story.tell({ type: "channels_changed" });
  const effects = story.report({ ...idle, lease: { ...endedLease(3) }, highest: order(3) });
  expect(beats(effects)).toHaveLength(1);
});

test("a protected channel that changed is told at once, and time that passed is not", () => {
  const story = tellRoutine();
  story.run(10);
  story.tell({ type: "channels_changed" });
  expect(beats(story.report(held(3, 400)))).toEqual([]);
  story.tell({ type: "channels_changed" });
  const failed = [{ name: "orders", activity: "failed", term: 3n, digest: "d1" }] as const;
  expect(beats(story.report({ ...held(3), channels: failed }))).toHaveLength(1);
});

test("news within a moment is told once", () => {
  const story = tellRoutine();
  story.run(10);
  let sent = 0;
  for (const activity of ["stopping", "stopped", "starting", "started"] as const) {
    story.tell({ type: "channels_changed" });
    const channels = [{ name: "orders", activity, term: 3n, digest: "d1" }];
    sent += beats(story.report({ ...held(3), channels })).length;
  }
  sent += beats(story.run(5)).length;
  expect(sent).toBe(2);
});

test("a channels service that does not answer is told with the next heartbeat (dead hand)", () => {
  const story = tellRoutine();
  story.run(190);
  story.tell({ type: "report_failed", because: "frozen" });
  story.tell({ type: "channels_changed" });
  story.tell({ type: "report_failed", because: "frozen" });
  const [beat] = beats(story.run(200));
  expect(beat?.knowledge.isAnswering).toBe(false);
});

test("the channels service is asked each interval when there is no stream", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  let asked = 0;
  for (let round = 0; round < 10; round += 1) {
    story.report();
    asked += calls(story.run(200)).length;
  }
  expect(asked).toBe(10);
});

test("a FAILED channel makes heartbeats unfit only where the operator wants it", () => {
  const channels = [{ name: "orders", activity: "failed", term: 3n, digest: "d1" }] as const;
  for (const stopsOnFailedChannel of [true, false]) {
    const story = tellRoutine({ stopsOnFailedChannel });
    story.run(10);
    story.tell({ type: "channels_changed" });
    const [beat] = beats(story.report({ ...held(3), channels }));
    expect(beat?.unfitBecause !== "").toBe(stopsOnFailedChannel);
  }
});

test("a detached service ends without a close and does not touch the lease", () => {
  const story = tellRoutine();
  const effects = story.tell({ type: "detach_requested" });
  expect(effects).toEqual([
    { type: "drop_stream" },
    { type: "finish", outcome: { kind: "detached" } },
  ]);
  expect(story.run(10_000)).toEqual([]);
});

function endedLease(term: number) {
  return {
    kind: "ended",
    term: BigInt(term),
    journalId: "journal-a",
    because: "No renewal came in time",
  } as const;
}

// Rules of the orderly close (R8, hazard 5): CLOSE is true when it is said.

import { expect, test } from "vitest";
import type { BeatEffect } from "./beat-state.ts";
import { ended, held, idle, lease, order, tellRoutine, tellStory } from "./story.fixture.ts";

const actor = { name: "anna", reason: "maintenance of the power supply" };
const close = { type: "close_requested", actor } as const;
const stopping = [{ name: "orders", activity: "stopping", term: 3n, digest: "d1" }] as const;

function said(effects: readonly BeatEffect[]) {
  return effects.filter((each) => each.type === "send_close");
}

function outcome(effects: readonly BeatEffect[]) {
  return effects.find((each) => each.type === "finish")?.outcome;
}

test("a close first withdraws the lease, under the highest order known", () => {
  const effects = tellRoutine().tell(close);
  expect(effects).toMatchObject([
    { type: "call_channels", decision: { kind: "withdraw", order: order(3) } },
  ]);
});

test("close is said when the channels are confirmed stopped, and its answer is the end", () => {
  const story = tellRoutine();
  story.tell(close);
  expect(said(story.report({ ...ended(3), channels: stopping }))).toEqual([]);
  story.tell({ type: "channels_changed" });
  const [message] = said(story.report(ended(3)));
  expect(message).toMatchObject({ confirmedStopped: true, actor });
  story.wait(3);
  const last = story.answer(message?.sequence ?? 0);
  expect(last).toEqual([
    { type: "end_stream" },
    {
      type: "finish",
      outcome: { kind: "closed", confirmedStopped: true, closeAnswered: true },
    },
  ]);
});

test("a grant during the close does not renew the lease (renewed on the way out)", () => {
  const story = tellRoutine();
  const [beat] = story.run(200).filter((each) => each.type === "send_heartbeat");
  story.settle(held(3));
  story.tell(close);
  const answered = story.answer(beat?.sequence ?? 0, lease(4));
  expect(answered).toEqual([]);
  expect(story.state().decisions.renewal).toBeUndefined();
});

test("a renewal that waits when the close begins is dropped", () => {
  const story = tellRoutine();
  const beats = story.run(200).filter((each) => each.type === "send_heartbeat");
  story.tell({ type: "channels_changed" });
  story.answer(beats[0]?.sequence ?? 0, lease(3));
  expect(story.state().decisions.renewal).toBeDefined();
  story.tell(close);
  const next = story.report(held(3));
  expect(next).toMatchObject([{ type: "call_channels", decision: { kind: "withdraw" } }]);
});

test("no heartbeat is sent during the close", () => {
  const story = tellRoutine();
  story.tell(close);
  story.report({ ...ended(3), channels: stopping });
  const effects = story.run(500);
  expect(effects.filter((each) => each.type === "send_heartbeat")).toEqual([]);
});

test("stopped channels confirm nothing before the withdraw was answered", () => {
  const story = tellRoutine();
  story.tell({ type: "channels_changed" });
  expect(story.state().decisions.running?.kind).toBe("probe");
  story.tell(close);
  expect(said(story.report(ended(3)))).toEqual([]);
  expect(said(story.report(ended(3)))).toHaveLength(1);
});

test("with a dead channels service close waits for the deadline of the last lease", () => {
  const story = tellRoutine();
  const reportedAtMs = story.nowMs();
  story.tell(close);
  story.tell({ type: "report_failed", because: "connection refused" });
  // 700 ms were left when it was reported, and the clock may have been 10 ms behind.
  expect(said(story.run(700))).toEqual([]);
  expect(said(story.run(150))).toMatchObject([{ confirmedStopped: false }]);
  expect(story.nowMs() - reportedAtMs).toBe(850);
});

test("a renewal without an answer moves the deadline that a close waits for", () => {
  const story = tellRoutine();
  const [beat] = story.run(200).filter((each) => each.type === "send_heartbeat");
  story.settle(held(3));
  story.answer(beat?.sequence ?? 0, lease(3, 5000));
  story.tell({ type: "report_failed", because: "late" });
  story.tell(close);
  story.tell({ type: "report_failed", because: "late" });
  story.tell({ type: "report_failed", because: "late" });
  const early = story.run(4000);
  expect(said(early)).toEqual([]);
});

test("time alone never says close: without any word of the channels service there is none", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.open();
  story.tell(close);
  const effects = [];
  for (let round = 0; round < 400 && story.state().outcome === undefined; round += 1) {
    if (story.state().decisions.running !== undefined) {
      effects.push(...story.tell({ type: "report_failed", because: "connection refused" }));
    }
    effects.push(...story.run(100));
  }
  expect(said(effects)).toEqual([]);
  expect(outcome(effects)).toEqual({ kind: "given_up" });
});

test("channels that run without a lease are closed on their own confirmation only", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  const running = [{ name: "orders", activity: "started", term: 0n, digest: "d1" }] as const;
  story.report({ ...idle, highest: order(3), channels: running });
  story.open();
  story.tell(close);
  const effects = [];
  for (let round = 0; round < 10; round += 1) {
    if (story.state().decisions.running === undefined) story.tell({ type: "channels_changed" });
    effects.push(...story.report({ ...idle, highest: order(3), channels: running }));
  }
  expect(said(effects)).toEqual([]);
  story.tell({ type: "channels_changed" });
  expect(said(story.report({ ...idle, highest: order(3) }))).toHaveLength(1);
});

test("a stale withdraw is repeated under the order that the channels service knows", () => {
  const story = tellRoutine();
  story.tell(close);
  story.report({ ...held(3), highest: order(8), refusedBecause: "STALE_TERM" });
  expect(story.run(100)).toContainEqual(
    expect.objectContaining({
      decision: expect.objectContaining({ kind: "withdraw", order: order(8) }),
    }),
  );
});

test("close on a fresh stream follows a heartbeat that asks not to be counted", () => {
  const story = tellRoutine();
  story.tell(close);
  story.wait(2000);
  story.tell({ type: "stream_ended", serial: story.state().link.serial, because: "reset" });
  story.report(ended(3));
  expect(story.open().slice(0, 2)).toMatchObject([
    { type: "send_heartbeat", sequence: 1, unfitBecause: "the server is being closed" },
    { type: "send_close", sequence: 2 },
  ]);
});

test("without a monitor the service ends after a bounded time, with close unanswered", () => {
  const story = tellRoutine();
  story.tell(close);
  story.report(ended(3));
  const effects = story.run(6000);
  expect(outcome(effects)).toEqual({
    kind: "closed",
    confirmedStopped: true,
    closeAnswered: false,
  });
});

test("without protection close is said at once and the channels go on", () => {
  const story = tellRoutine({ protection: "none" });
  const effects = story.tell(close);
  expect(said(effects)).toMatchObject([{ confirmedStopped: false }]);
  const decisions = effects.filter((each) => each.type === "call_channels");
  expect(decisions.filter(({ decision }) => decision.kind === "withdraw")).toEqual([]);
});

test("a second close and a detach change nothing while the server is being closed", () => {
  const story = tellRoutine();
  story.tell(close);
  const before = story.state();
  story.tell({ ...close, actor: { name: "ben", reason: "impatience" } });
  story.tell({ type: "detach_requested" });
  expect(story.state()).toEqual(before);
});

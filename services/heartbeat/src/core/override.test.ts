// Rules of R10 in the heartbeat service: what counts as a contact with the monitor, and what the
// channels service is told of it.

import { expect, test } from "vitest";
import type { BeatEffect, Grant } from "./beat-state.ts";
import type { ChannelsReport } from "./report.ts";
import { idle, order, type Story, tellRoutine, tellStory } from "./story.fixture.ts";

const overridden: Partial<ChannelsReport> = {
  highest: order(3),
  lease: {
    kind: "override",
    term: 3n,
    journalId: "journal-a",
    actor: { name: "anna", reason: "the monitor is gone" },
    sinceWallMs: 0,
    timeLeftMs: undefined,
  },
  channels: [{ name: "orders", activity: "started", term: 3n, digest: "d1" }],
};

const nothing = (overrideMs?: number): { grants: readonly Grant[] } => ({
  grants: [{ order: order(4), decision: { kind: "nothing", overrideMs } }],
});

const callsOf = (effects: readonly BeatEffect[]) =>
  effects.flatMap((each) => (each.type === "call_channels" ? [each] : []));

/** A server that runs by an override, on a new stream whose first heartbeat was just sent. */
function tellOverridden(): Story {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.settle(overridden);
  story.open();
  story.settle(overridden);
  story.wait(1);
  return story;
}

test("the first answer of a stream is no contact: it answers what proved no round trip", () => {
  const story = tellOverridden();
  const [call] = callsOf(story.answer(1, nothing()));
  expect(call?.decision.kind).toBe("probe");
});

test("an answer that grants nothing to a proven heartbeat ends an override", () => {
  const story = tellOverridden();
  story.answer(1, nothing());
  story.settle(overridden);
  story.wait(1);
  const [call] = callsOf(story.answer(2, nothing()));
  expect(call?.decision).toMatchObject({
    kind: "contact",
    order: order(4),
    overrideUntilBootMs: undefined,
  });
});

test("what may run on counts from the sending of the answered heartbeat", () => {
  const story = tellOverridden();
  story.answer(1, nothing());
  story.settle(overridden);
  const sentBootMs = story.bootMs();
  story.wait(40);
  const [call] = callsOf(story.answer(2, nothing(750)));
  expect(call?.decision).toMatchObject({ overrideUntilBootMs: sentBootMs + 750 });
});

test("without an override such an answer only asks for a report", () => {
  const story = tellRoutine();
  story.run(200);
  const [call] = callsOf(story.answer(4, nothing()));
  expect(call?.decision.kind).toBe("probe");
});

test("a monitor counts as answering until its next answer is overdue", () => {
  const story = tellRoutine();
  story.run(200);
  const answeredBootMs = story.bootMs();
  const [call] = callsOf(story.answer(4, nothing()));
  expect(call?.monitorUntilBootMs).toBe(answeredBootMs + 200 + 600);
  story.settle();
  story.tell({ type: "stream_ended", serial: story.state().link.serial, because: "killed" });
  const [probe] = callsOf(story.run(200));
  expect(probe?.monitorUntilBootMs).toBeUndefined();
});

test("a close ends an override, and is not said before the channels have stopped", () => {
  const story = tellOverridden();
  const actor = { name: "anna", reason: "enough" };
  const [call] = callsOf(story.tell({ type: "close_requested", actor }));
  expect(call?.decision).toMatchObject({ kind: "withdraw", order: order(3) });
  expect(story.report(overridden).some((each) => each.type === "send_close")).toBe(false);
  story.run(200);
  const lease = { kind: "ended", term: 3n, journalId: "journal-a", because: "enough" } as const;
  const effects = story.settle({ ...idle, highest: order(3), lease });
  expect(effects.some((each) => each.type === "send_close")).toBe(true);
});

test("a frozen channels service that runs an override keeps the close from being said", () => {
  const story = tellOverridden();
  story.tell({ type: "close_requested", actor: { name: "anna", reason: "enough" } });
  story.tell({ type: "report_failed", because: "deadline exceeded" });
  const effects: BeatEffect[] = [];
  for (let tick = 0; tick < 400 && story.state().outcome === undefined; tick += 1) {
    effects.push(...story.run(100));
    if (story.state().decisions.running === undefined) continue;
    effects.push(...story.tell({ type: "report_failed", because: "deadline exceeded" }));
  }
  expect(effects.some((each) => each.type === "send_close")).toBe(false);
  expect(story.state().outcome).toEqual({ kind: "given_up" });
});

test("where no order is known a close ends the override all the same", () => {
  const story = tellStory();
  const orderless: Partial<ChannelsReport> = { ...overridden, highest: undefined };
  story.tell({ type: "time_passed" });
  story.settle(orderless);
  story.tell({ type: "close_requested", actor: { name: "anna", reason: "enough" } });
  const calls = callsOf([...story.settle(orderless), ...story.run(300)]);
  expect(calls.map((each) => each.decision.kind)).toContain("contact");
});

import { expect, test } from "vitest";
import { stepChannel } from "./channel.ts";
import { type Channel, type ChannelEvent, restingChannel } from "./channel-state.ts";
import { definitionOf } from "./state.fixture.ts";
import { startOutcome, stopOutcome } from "./outcome.ts";

const restart = { attemptsMax: 2, backoffMs: 100, backoffMaxMs: 150, stableAfterMs: 1000 };
const resting = restingChannel(
  {
    definition: definitionOf("c", { restart }),
    digest: "d",
    activation: "active",
    order: undefined,
  },
  0,
);
const start: ChannelEvent = {
  type: "start_wanted",
  order: undefined,
  override: undefined,
  because: "test",
};
const stop: ChannelEvent = {
  type: "stop_wanted",
  because: "test",
  killByMs: undefined,
  then: "rest",
};
const ready = (run: number): ChannelEvent => ({ type: "channel_ready", run });
const gone = (run: number): ChannelEvent => ({
  type: "program_gone",
  run,
  reason: "exited",
  lastLines: [],
});

function play(channel: Channel, ...events: [atMs: number, event: ChannelEvent][]): Channel {
  return events.reduce(
    (each, [bootMs, event]) =>
      stepChannel(each, event, { bootMs, wallMs: 0, leaseKillAtMs: undefined }).channel,
    channel,
  );
}

test("a channel that ends by itself starts again, after pauses that double up to a maximum", () => {
  const first = play(resting, [0, start], [1, ready(1)], [10, gone(1)]);
  expect(first).toMatchObject({ activity: "restarting", restartAtMs: 110 });
  expect(play(first, [109, { type: "restart_due" }]).activity).toBe("restarting");
  const second = play(first, [110, { type: "restart_due" }], [120, gone(2)]);
  expect(second).toMatchObject({ activity: "restarting", restartAtMs: 270, restarts: 1 });
});

test("a channel that has used up its attempts is FAILED, with the reason", () => {
  const due: ChannelEvent = { type: "restart_due" };
  const failed = play(
    resting,
    [0, start],
    [1, gone(1)],
    [200, due],
    [201, gone(2)],
    [999, due],
    [999, gone(3)],
  );
  expect(failed).toMatchObject({ activity: "failed", because: "exited", restarts: 2 });
  expect(play(failed, [1000, start])).toMatchObject({ activity: "starting", failures: 0 });
});

test("a long time STARTED gives back the full number of attempts", () => {
  const tired = { ...play(resting, [0, start], [1, ready(1)]), failures: 2 };
  expect(play(tired, [500, gone(1)]).activity).toBe("failed");
  expect(play(tired, [1001, gone(1)])).toMatchObject({ activity: "restarting", failures: 1 });
});

test("a channel that is not ready in time is stopped and tried again", () => {
  const late: ChannelEvent = {
    type: "readiness_failed",
    run: 1,
    reason: "not ready",
    lastLines: ["x"],
  };
  const stopping = play(resting, [0, start], [5, late]);
  expect(stopping).toMatchObject({ activity: "stopping", failedAttempts: 1 });
  const again = play(stopping, [6, gone(1)]);
  expect(again).toMatchObject({ activity: "restarting", lastFailure: { reason: "not ready" } });
});

test("what is told of an earlier run changes nothing", () => {
  const second = play(resting, [0, start], [1, stop], [2, start], [3, gone(1)]);
  expect(second).toMatchObject({ activity: "starting", run: 2 });
  expect(play(second, [4, gone(1)], [4, ready(1)])).toBe(second);
});

test("a stop is over only when no process is left", () => {
  const stopping = play(resting, [0, start], [1, ready(1)], [2, stop]);
  expect(stopOutcome(stopping, stopping)).toBeUndefined();
  expect(stopOutcome(play(stopping, [3, gone(1)]), stopping)).toEqual({ ok: true });
});

test("a start that a stop overtakes is superseded, a stop that a start overtakes too", () => {
  const starting = play(resting, [0, start]);
  const stopping = play(starting, [1, stop]);
  expect(startOutcome(stopping, starting)).toMatchObject({ ok: false, reason: "SUPERSEDED" });
  expect(stopOutcome(play(stopping, [2, start]), stopping)).toMatchObject({ reason: "SUPERSEDED" });
});

test("the first failed attempt answers a start", () => {
  const starting = play(resting, [0, start]);
  expect(startOutcome(starting, starting)).toBeUndefined();
  const failed = play(starting, [1, gone(1)]);
  expect(startOutcome(failed, starting)).toMatchObject({
    reason: "CHANNEL_FAILED",
    error: "exited",
  });
});

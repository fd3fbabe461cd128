import { expect, test } from "vitest";
import type { ChangeListener } from "./channel-changes.ts";
import { measure } from "./channel-meter.ts";
import type { Activity } from "./core/channel-state.ts";
import { at, order, stateWith } from "./core/state.fixture.ts";
import type { Loop } from "./loop.ts";

/** A loop that does what its test says, measured. */
function measured() {
  const listeners: ChangeListener[] = [];
  const state = stateWith();
  const clock = { nowMs: 0 };
  const loop: Loop = {
    begin: () => undefined,
    state: () => state,
    tell: (news) => at(0, state, news),
    listen: (listener) => void listeners.push(listener),
    stop: () => Promise.resolve(),
  };
  const both = measure(loop, { nowMs: () => clock.nowMs });
  const resting = state.channels.get("local");
  let before = resting;
  const become = (activity: Activity, nowMs: number) => {
    clock.nowMs = nowMs;
    const channel = before && { ...before, activity };
    for (const listener of listeners) listener({ name: "local", before, channel });
    before = channel;
  };
  const vanish = () => {
    for (const listener of listeners) listener({ name: "local", before, channel: undefined });
  };
  return { ...both, become, vanish };
}

test("a channel is counted by its starts, restarts and failures, and timed", () => {
  const { meter, become } = measured();
  become("starting", 1_000);
  become("restarting", 1_200);
  become("starting", 2_000);
  become("started", 2_300);
  become("failed", 9_000);
  expect(meter.channels.get("local")).toMatchObject({
    starts: 1,
    restarts: 1,
    failures: 1,
    lastStartMs: 300,
  });
  expect(meter.timesToReady.sumMs).toBe(300);
});

test("a change that leaves a channel as busy as before counts nothing", () => {
  const { meter, become } = measured();
  become("starting", 0);
  become("started", 10);
  become("started", 20);
  expect(meter.channels.get("local")?.starts).toBe(1);
});

test("a channel that is undeployed is counted no more", () => {
  const { meter, become, vanish } = measured();
  become("starting", 0);
  vanish();
  expect(meter.channels.size).toBe(0);
});

test("what is refused is counted by its reason, of a whole wish and of each channel", () => {
  const { loop, meter } = measured();
  const wish = { type: "start_asked", because: "a test" } as const;
  loop.tell({ ...wish, names: ["nobody"], order: undefined });
  loop.tell({ ...wish, names: ["own"], order: undefined });
  loop.tell({ ...wish, names: ["lent"], order: order("b", 1n) });
  expect(meter.refusals.get("UNKNOWN_CHANNEL")).toBe(1);
  expect(meter.refusals.get("LEASE_REQUIRED")).toBe(1);
  expect(meter.refusals.get("STALE_TERM")).toBe(0);
});

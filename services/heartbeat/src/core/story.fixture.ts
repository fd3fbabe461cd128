// Tells the core a story, event by event, on clocks that only the story moves.

import { step, wakeAtMs } from "./beat.ts";
import {
  type Answer,
  type BeatEffect,
  type BeatSettings,
  type BeatState,
  begin,
  type Grant,
  type Happening,
} from "./beat-state.ts";
import type { ChannelsReport, Lease } from "./report.ts";

export const settings: BeatSettings = {
  serverId: "primary-1",
  addresses: ["first:1"],
  protection: "lease",
  intervalMs: 200,
  silenceMs: 600,
  reconnectFirstMs: 50,
  reconnectMaxMs: 400,
  stopsOnFailedChannel: false,
  stopMs: 30_000,
  closeMs: 5000,
};

export interface Story {
  state(): BeatState;
  nowMs(): number;
  bootMs(): number;
  /** Lets time pass, without the core hearing of it. */
  wait(milliseconds: number): void;
  /** One event now. */
  tell(happening: Happening): readonly BeatEffect[];
  /** Lets time pass and wakes the core whenever it asked for it. */
  run(milliseconds: number): readonly BeatEffect[];
  /** Opens the stream that the core is connecting. */
  open(): readonly BeatEffect[];
  /** Answers the message with this number on the current stream. */
  answer(sequence: number, answer?: Partial<Answer>): readonly BeatEffect[];
  /** The channels service answers the call under way. */
  report(report?: Partial<ChannelsReport>): readonly BeatEffect[];
  /** The channels service answers until nothing is asked any more. */
  settle(report?: Partial<ChannelsReport>): readonly BeatEffect[];
}

export function tellStory(changes: Partial<BeatSettings> = {}): Story {
  let nowMs = 1000;
  let bootMs = 5_000_000;
  let state = begin({ ...settings, ...changes }, { nowMs, bootMs });
  const wait = (milliseconds: number) => {
    nowMs += milliseconds;
    bootMs += milliseconds;
  };
  const tell = (happening: Happening) => {
    const result = step(state, { ...happening, nowMs, bootMs, chance: 0 });
    state = result.state;
    return result.effects;
  };
  const run = (milliseconds: number) => {
    const endMs = nowMs + milliseconds;
    const effects: BeatEffect[] = [];
    while (wakeAtMs(state) <= endMs) {
      wait(Math.max(0, wakeAtMs(state) - nowMs));
      effects.push(...tell({ type: "time_passed" }));
    }
    wait(endMs - nowMs);
    return effects;
  };
  const report = (changes: Partial<ChannelsReport> = {}) =>
    tell({ type: "report_received", report: { ...idle, ...changes } });
  return {
    state: () => state,
    nowMs: () => nowMs,
    bootMs: () => bootMs,
    wait,
    tell,
    run,
    open: () => tell({ type: "stream_opened", serial: state.link.serial }),
    answer: (sequence, answer = {}) =>
      tell({
        type: "answer_received",
        serial: state.link.serial,
        answer: { sequence, view: "LIVE", unfitBecause: "", grants: [], ...answer },
      }),
    report,
    settle: (changes) => {
      const effects: BeatEffect[] = [];
      while (state.decisions.running !== undefined) effects.push(...report(changes));
      return effects;
    },
  };
}

/** A report of channels that are stopped and have never had a lease. */
export const idle: ChannelsReport = {
  highest: undefined,
  lease: { kind: "none" },
  channels: [{ name: "orders", activity: "stopped", term: 0n, digest: "d1" }],
  holder: "boot/1/2",
  refusedBecause: "",
};

export function order(term: number, serverId = "primary-1") {
  return { serverId, term: BigInt(term), journalId: "journal-a" };
}

export function lease(term: number, lengthMs = 750): { grants: readonly Grant[] } {
  return { grants: [{ order: order(term), decision: { kind: "lease", lengthMs } }] };
}

export function withdraw(term: number): { grants: readonly Grant[] } {
  return {
    grants: [{ order: order(term), decision: { kind: "withdraw", because: "switchover" } }],
  };
}

export function held(term: number, timeLeftMs = 700): Partial<ChannelsReport> {
  const kept: Lease = { kind: "held", term: BigInt(term), journalId: "journal-a", timeLeftMs };
  return {
    highest: order(term),
    lease: kept,
    channels: [{ name: "orders", activity: "started", term: BigInt(term), digest: "d1" }],
  };
}

export function ended(term: number): Partial<ChannelsReport> {
  const lost: Lease = {
    kind: "ended",
    term: BigInt(term),
    journalId: "journal-a",
    because: "No renewal came in time",
  };
  return { highest: order(term), lease: lost };
}

/**
 * A story in its daily routine: all is answered, the lease of term 3 is held, no call is under way.
 */
export function tellRoutine(changes: Partial<BeatSettings> = {}): Story {
  const story = tellStory(changes);
  story.tell({ type: "time_passed" });
  story.settle();
  story.open();
  story.wait(1);
  story.answer(1);
  story.wait(1);
  story.settle();
  story.answer(2, lease(3));
  story.settle(held(3));
  // The lease that is held is news: a third heartbeat tells it.
  story.run(5);
  story.answer(3, lease(3));
  story.settle(held(3));
  return story;
}

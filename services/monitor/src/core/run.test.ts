// The rules of a run: order, retries, mails, superseding, and channels that stop after they were
// started.

import { describe, expect, test } from "vitest";
import type { FlowStep } from "./flow.ts";
import { dueSteps, giveUpAtMs, type RunProgress, runWakeAtMs } from "./run-due.ts";
import {
  advanceRun,
  answerStep,
  hurrySteps,
  isRunOver,
  openRun,
  releaseRun,
  observeTarget,
  supersedeRun,
} from "./run.ts";
import type { StepAnswer } from "./settle-step.ts";
import { newStepRecord, type RunRecord } from "./run-record.ts";

const start: FlowStep = { kind: "start_channels", target: "b", names: ["orders", "invoices"] };
const stop: FlowStep = { kind: "stop_channels", target: "b", names: ["*"] };
const email: FlowStep = { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" };
const webhook: FlowStep = {
  kind: "webhook",
  url: "http://127.0.0.1:1/",
  timeoutMs: 1000,
  attemptsMax: 2,
};
const settings = { mailDelayMs: 5000, startsNotBeforeMs: 0, switchoverTimeoutMs: 30_000 };

function run(steps: readonly FlowStep[], fields: Partial<RunRecord> = {}): RunProgress {
  const record: RunRecord = {
    runId: "primary-1-2-signal",
    serverId: "primary-1",
    host: "",
    reason: "signal",
    signal: "DEAD",
    because: "",
    caseName: "DEAD",
    document: "",
    incidentTerm: 2n,
    term: 2n,
    state: "running",
    signalId: 1n,
    actor: undefined,
    startedWallMs: 0,
    endedWallMs: undefined,
    hasStarted: false,
    heldBecause: "",
    steps: steps.map(newStepRecord),
    ...fields,
  };
  return openRun(record, 0);
}

const advance = (progress: RunProgress, nowMs: number) =>
  advanceRun(progress, settings, { nowMs, wallMs: nowMs });

const answer = (progress: RunProgress, index: number, given: StepAnswer, nowMs = 10) =>
  answerStep(progress, index, { nowMs, wallMs: nowMs, answer: given, pauseMs: 100 });

const channels = (...names: readonly string[]): StepAnswer => ({
  kind: "channels",
  channels: ["invoices", "orders"].map((name) => ({
    name,
    activity: names.includes(name) ? "STARTED" : "FAILED",
    isOk: names.includes(name),
    error: names.includes(name) ? "" : "exited with code 3",
    lastLines: [],
  })),
});
const accepted: StepAnswer = {
  kind: "email",
  answer: { kind: "accepted" },
  isUnresolved: false,
};

describe("steps", () => {
  test("go in order, each after the one before", () => {
    const first = advance(run([start, stop]), 0);
    expect(first.effects).toEqual([
      { kind: "order_channels", index: 0, names: ["orders", "invoices"] },
    ]);
    expect(advance(first.progress, 1).effects).toEqual([]);
    const settled = answer(first.progress, 0, channels("orders", "invoices"));
    expect(advance(settled, 11).effects).toMatchObject([{ index: 1, names: ["*"] }]);
  });

  test("order again only the channels that failed, after a pause", () => {
    const first = advance(run([start]), 0);
    const failed = answer(first.progress, 0, channels("orders"));
    expect(advance(failed, 109).effects).toEqual([]);
    expect(runWakeAtMs(failed, settings)).toBe(110);
    expect(advance(failed, 110).effects).toMatchObject([{ names: ["invoices"] }]);
  });

  test("are tried at once on a target that is back", () => {
    const failed = answer(advance(run([start]), 0).progress, 0, channels("orders"));
    expect(dueSteps(failed, settings, 20)).toEqual([]);
    expect(dueSteps(hurrySteps(failed, "b"), settings, 20)).toEqual([0]);
  });

  test("a start waits for the instant before which no start may be sent (R5)", () => {
    const late = { ...settings, startsNotBeforeMs: 1000 };
    expect(dueSteps(run([start]), late, 999)).toEqual([]);
    expect(runWakeAtMs(run([start]), late)).toBe(1000);
    expect(dueSteps(run([start]), late, 1000)).toEqual([0]);
  });

  test("a webhook is given up after its last attempt, and the next step goes on", () => {
    let progress = advance(run([webhook, stop]), 0).progress;
    progress = answer(progress, 0, { kind: "action", error: "status 500" });
    progress = advance(progress, 110).progress;
    progress = answer(progress, 0, { kind: "action", error: "status 500" }, 120);
    expect(progress.run.steps[0]).toMatchObject({ state: "failed", attempts: 2 });
    expect(advance(progress, 121).effects).toMatchObject([{ index: 1 }]);
  });

  test("an answer that nobody waits for changes nothing", () => {
    const progress = run([start]);
    expect(answer(progress, 0, channels("orders", "invoices"))).toBe(progress);
  });

  test("the run is finished when every step is settled", () => {
    const first = advance(run([start]), 0);
    const done = answer(first.progress, 0, channels("orders", "invoices"));
    expect(done.run).toMatchObject({ state: "finished", endedWallMs: 10 });
    expect(isRunOver(done)).toBe(true);
  });
});

describe("a mail", () => {
  test("waits for the steps before it, and never holds a step up", () => {
    const first = advance(run([email, start, email]), 0);
    expect(first.effects.map((each) => each.index)).toEqual([0, 1]);
    const done = answer(first.progress, 1, channels("orders", "invoices"));
    expect(advance(done, 11).effects).toEqual([
      { kind: "send_email", index: 2, isResolution: false },
    ]);
  });

  test("goes out after mailDelay with what still fails, and again when that is resolved", () => {
    let progress = advance(run([start, email]), 0).progress;
    progress = answer(progress, 0, channels("orders"), 4900);
    const late = advance(progress, 5000);
    expect(late.effects).toContainEqual({ kind: "send_email", index: 1, isResolution: false });
    progress = answer(late.progress, 1, { ...accepted, isUnresolved: true }, 5010);
    expect(progress.run.steps[1]).toMatchObject({ state: "running", owesResolution: true });
    progress = answer(progress, 0, channels("orders", "invoices"), 5020);
    const resolved = advance(progress, 5200);
    expect(resolved.effects).toEqual([{ kind: "send_email", index: 1, isResolution: true }]);
    expect(answer(resolved.progress, 1, accepted, 5210).run.state).toBe("finished");
  });

  test("that notify does not take is tried again, one that it refuses is given up", () => {
    const sent = advance(run([email]), 0).progress;
    const failed = { kind: "failed", error: "down" } as const;
    const refused = { kind: "refused", error: "bad address" } as const;
    const again = answer(sent, 0, { ...accepted, answer: failed });
    expect(advance(again, 200).effects).toHaveLength(1);
    const over = answer(sent, 0, { ...accepted, answer: refused });
    expect(over.run.steps[0]?.state).toBe("failed");
  });
});

describe("a superseded run", () => {
  test("orders nothing more, and its mail still goes out", () => {
    const superseded = supersedeRun(run([start, email]), 5);
    expect(superseded.run).toMatchObject({ state: "superseded", endedWallMs: 5 });
    const due = advance(superseded, 6);
    expect(due.effects).toEqual([{ kind: "send_email", index: 1, isResolution: false }]);
    expect(due.progress.run.steps[0]?.state).toBe("skipped");
    expect(isRunOver(answer(due.progress, 1, accepted))).toBe(true);
  });

  test("is not brought back by a late answer", () => {
    const ordered = advance(run([start]), 0).progress;
    const late = answer(supersedeRun(ordered, 5), 0, channels("orders"));
    expect(late.run.state).toBe("superseded");
    expect(advance(late, 1000).effects).toEqual([]);
  });
});

test("a held run does nothing but tell people, until it is released under a new term", () => {
  const held = run([stop, email], { state: "held" });
  expect(advance(held, 4999).effects).toEqual([]);
  expect(advance(held, 5000).effects).toMatchObject([{ kind: "send_email" }]);
  const released = releaseRun(held, { term: 9n, actor: undefined });
  expect(released.run).toMatchObject({ state: "running", term: 9n });
  expect(advance(released, 10).effects).toMatchObject([{ kind: "order_channels" }]);
});

describe("channels that stop after they were started", () => {
  const started = () =>
    answer(advance(run([start]), 0).progress, 0, channels("orders", "invoices"));

  test("are ordered again under the same term", () => {
    const reopened = observeTarget(started(), "b", (name) => name !== "orders");
    expect(reopened.run).toMatchObject({ state: "running", term: 2n });
    expect(advance(reopened, 200).effects).toMatchObject([{ names: ["orders"] }]);
  });

  test("are left alone on another target, or when nothing is known of them", () => {
    const progress = started();
    expect(observeTarget(progress, "c", () => false)).toBe(progress);
    expect(observeTarget(progress, "b", () => undefined)).toBe(progress);
  });

  test("are ordered again with those that still fail", () => {
    const first = advance(run([start]), 0).progress;
    const failed = answer(first, 0, channels("orders"));
    const seen = observeTarget(failed, "b", (name) => (name === "orders" ? false : undefined));
    expect(advance(seen, 200).effects).toMatchObject([{ names: ["invoices", "orders"] }]);
  });

  test("are ordered again when they stopped while the answer was awaited", () => {
    const ordered = advance(run([start]), 0).progress;
    const seen = observeTarget(ordered, "b", (name) => (name === "orders" ? false : undefined));
    const answered = answer(seen, 0, channels("orders", "invoices"));
    expect(answered.run.state).toBe("running");
    expect(advance(answered, 200).effects).toMatchObject([{ names: ["orders"] }]);
  });

  test("are left alone by a superseded run", () => {
    const progress = supersedeRun(advance(run([start]), 0).progress, 20);
    expect(observeTarget(progress, "b", () => false)).toBe(progress);
  });
});

test("a run that was finished stays finished when a newer one takes its place", () => {
  const done = answer(advance(run([start]), 0).progress, 0, channels("orders", "invoices"));
  expect(supersedeRun(done, 99)).toBe(done);
});

test("a mail whose answer comes after the run was superseded owes nobody a resolution", () => {
  const sent = advance(run([start, email]), 5000).progress;
  const late = answer(supersedeRun(sent, 5001), 1, { ...accepted, isUnresolved: true }, 5002);
  expect(late.run.steps[1]).toMatchObject({ state: "done", owesResolution: false });
});

test("a prefix that matched nothing is done when its channels run", () => {
  const prefix: FlowStep = { kind: "start_channels", target: "b", names: ["inv*"] };
  const untold = { name: "inv*", activity: "", isOk: false, error: "none", lastLines: [] };
  const first = advance(run([prefix]), 0).progress;
  const failed = answer(first, 0, { kind: "channels", channels: [untold] });
  const again = advance(failed, 200);
  expect(again.effects).toMatchObject([{ names: ["inv*"] }]);
  const started = { ...untold, name: "inv1", activity: "STARTED", isOk: true };
  const done = answer(again.progress, 0, { kind: "channels", channels: [started] }, 210);
  expect(done.run.state).toBe("finished");
});

describe("a switchover that starts nothing", () => {
  const switchover = () => advance(run([start], { reason: "switchover" }), 0).progress;

  test("is given up after its timeout, counted from when a start may be sent", () => {
    expect(giveUpAtMs(switchover(), settings)).toBe(30_000);
    const late = { ...settings, startsNotBeforeMs: 60_000 };
    expect(giveUpAtMs(switchover(), late)).toBe(90_000);
  });

  test("is never given up once a channel has started, whatever becomes of it", () => {
    const started = answer(switchover(), 0, channels("orders", "invoices"));
    const stopped = observeTarget(started, "b", () => false);
    expect(stopped.run).toMatchObject({ state: "running", hasStarted: true });
    expect(giveUpAtMs(stopped, settings)).toBe(Number.POSITIVE_INFINITY);
  });
});

test("the error of a step names its first failed channels, and how many more there are", () => {
  const channel = (index: number) => {
    const name = `channel-${index}`;
    return { name, activity: "FAILED", isOk: false, error: "port in use", lastLines: [] };
  };
  const failed = Array.from({ length: 2000 }, (_, index) => channel(index));
  const { progress } = advance(run([start]), 0);
  const after = answer(progress, 0, { kind: "channels", channels: failed });
  expect(after.run.steps[0]?.lastError).toMatch(/^channel-0: port in use; .*; and 1990 more$/);
  expect(after.run.steps[0]?.channels).toHaveLength(2000);
});

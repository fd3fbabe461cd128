// What of a run is told to a tracing system, and how its pieces fit together.

import { type SpanRecord, sendSpansTo } from "@hot-backup/kit/spans.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestMonitor } from "./monitor.fixture.ts";
import type { OrderAnswer } from "./ports.ts";
import { traceOf } from "./run-trace.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

let told: SpanRecord[] = [];
beforeEach(() => {
  told = [];
  sendSpansTo({ record: (span) => told.push(span), flush: () => Promise.resolve() });
});
afterEach(() => sendSpansTo(undefined));

/** What was told of the trace of the last signal. */
function toldOf(story: TestMonitor): SpanRecord[] {
  const page = { serverId: "", limit: 1, before: undefined };
  const [signal] = story.monitor.parts.journal.listSignals(page);
  if (signal === undefined) throw new Error("there is no signal");
  const { traceId } = traceOf({ runId: signal.runId, startedWallMs: signal.wallMs });
  return told.filter(({ trace }) => trace.traceId === traceId);
}

const emptyJournal = () => openMemoryJournal(createMemoryDisk("journal-1"));
const failed: OrderAnswer = { kind: "failed", error: "no answer" };

test("the signal is the first, the run is begun by it, and every attempt by the run", async () => {
  let failures = 2;
  using story = new TestMonitor(emptyJournal(), {
    answer: ({ kind }) => (kind === "start" && (failures -= 1) >= 0 ? failed : undefined),
  });
  await story.bringToLife();
  await story.time.pass(5000);
  const spans = toldOf(story);
  const [signal] = spans;
  const run = spans.find(({ name }) => name === "run");
  expect(signal).toMatchObject({ name: "signal DEAD", parent: undefined });
  expect(run).toMatchObject({ parent: signal?.trace, error: "" });
  const starts = spans.filter(({ name }) => name === "step startChannels");
  expect(starts.map(({ error }) => error)).toEqual(["no answer", "no answer", ""]);
  expect(new Set(starts.map(({ trace }) => trace.spanId)).size).toBe(3);
  expect(starts.map(({ parent }) => parent)).toEqual([run?.trace, run?.trace, run?.trace]);
});

test("a mail goes out under the attempt that is told", async () => {
  const to = ["ops@example.org"];
  const email = { kind: "email", to, cc: [], template: "signal" } as const;
  const plan = () => ({ caseName: "any", steps: [email] });
  const flow = { startTargets: [], decision: "", cases: [], plan };
  using story = new TestMonitor(emptyJournal(), { settings: { flow } });
  await story.bringToLife();
  await story.time.pass(5000);
  const mails = toldOf(story).filter(({ name }) => name === "step email");
  expect(mails.map(({ trace }) => trace)).toEqual([story.mails.at(-1)?.trace]);
  expect(mails).toHaveLength(1);
});

test("a superseded run is told as over, once", async () => {
  using story = new TestMonitor(emptyJournal(), {
    answer: ({ kind }) => (kind === "start" ? failed : undefined),
  });
  await story.bringToLife();
  await story.time.pass(1500);
  const dead = toldOf(story);
  expect(dead.filter(({ name }) => name === "run")).toEqual([]);
  story.connect();
  story.beat();
  story.beat();
  await story.time.pass(5000);
  const [first] = dead;
  const runs = told.filter(
    ({ name, trace }) => name === "run" && trace.traceId === first?.trace.traceId,
  );
  expect(runs.map(({ attributes }) => attributes["hot_backup.run_state"])).toEqual(["superseded"]);
});

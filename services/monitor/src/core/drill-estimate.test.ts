// What a drill expects of the phases that it does not do: configuration, and whatever was measured
// last, in a drill or for real.

import { expect, test } from "vitest";
import { sampleDrill, sampleRun } from "../store/sample-records.fixture.ts";
import { type Measured, newPhases } from "./drill-estimate.ts";
import type { DrillRecord } from "./drill-record.ts";
import { newStepRecord, type RunRecord } from "./run-record.ts";

const objective = { detectionMs: undefined, startMs: 5000, handoverMs: undefined };
const nothing: Measured = { drills: [], runs: [], thresholdMs: 1000, gapsMs: [] };

/** A takeover that began at an instant and had started its channel so much later. */
function takeover(startedWallMs: number, tookMs: number): RunRecord {
  const step = newStepRecord({ kind: "start_channels", target: "backup-1", names: ["orders"] });
  const done = { ...step, state: "done", endedWallMs: startedWallMs + tookMs } as const;
  return sampleRun("takeover", { startedWallMs, steps: [done] });
}

function drillAt(startedWallMs: number, startTookMs: number): DrillRecord {
  const [phase] = sampleDrill("d").phases;
  const phases =
    phase === undefined ? [] : [{ ...phase, name: "start", tookMs: startTookMs } as const];
  return sampleDrill("d7", { startedWallMs, phases });
}

function startOf(measured: Partial<Measured>) {
  const phases = newPhases("shadow", objective, { ...nothing, ...measured });
  return phases.find(({ name }) => name === "start");
}

test("each kind exercises what it does, and only a planned move has a release", () => {
  const exercisedIn = (kind: "switchover" | "silence" | "shadow") =>
    newPhases(kind, objective, nothing).map(({ name, isExercised }) => [name, isExercised]);
  expect(exercisedIn("switchover")).toEqual([
    ["detection", false],
    ["release", true],
    ["start", true],
    ["handover", true],
  ]);
  expect(exercisedIn("silence")).toEqual([
    ["detection", true],
    ["start", true],
    ["handover", true],
  ]);
  expect(exercisedIn("shadow").map(([, isExercised]) => isExercised)).not.toContain(true);
});

test("detection is the threshold, sooner by as much as a heartbeat may be late", () => {
  const [detection] = newPhases("shadow", objective, { ...nothing, gapsMs: [200, 250] });
  expect(detection).toMatchObject({ expectedMs: 1000 });
  expect(detection?.note).toContain("0.75 s to 1.00 s after a failure, with gaps of up to 0.25 s");
});

test("a start is expected to take as long as the last one that was measured", () => {
  expect(startOf({})).toMatchObject({ expectedMs: undefined, note: "never measured" });
  expect(startOf({ runs: [takeover(50, 700)] })).toMatchObject({ expectedMs: 700 });
  expect(startOf({ drills: [drillAt(10, 900)], runs: [takeover(50, 700)] })).toMatchObject({
    expectedMs: 700,
    note: "as in run takeover",
  });
  expect(startOf({ drills: [drillAt(90, 900)], runs: [takeover(50, 700)] })).toMatchObject({
    expectedMs: 900,
    note: "as in drill d7",
  });
});

test("a takeover that did not start everything tells nothing", () => {
  const whole = takeover(50, 700);
  const steps = whole.steps.map((step) => ({ ...step, state: "retrying" }) as const);
  expect(startOf({ runs: [{ ...whole, steps }] })).toMatchObject({ expectedMs: undefined });
});

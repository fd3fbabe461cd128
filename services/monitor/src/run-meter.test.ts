// Counting what runs do, by values.

import { expect, test } from "vitest";
import type { RunRecord, StepState } from "./core/run-record.ts";
import { RunMeter } from "./run-meter.ts";

function runOf(serverId: string, state: StepState, more: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: `${serverId}-1-signal`,
    serverId,
    host: "host",
    reason: "signal",
    signal: "DEAD",
    because: "a test",
    caseName: "DEAD",
    document: "",
    term: 1n,
    incidentTerm: 1n,
    signalId: 1n,
    state: "running",
    actor: undefined,
    heldBecause: "",
    hasStarted: false,
    startedWallMs: 10,
    endedWallMs: undefined,
    steps: [
      {
        step: { kind: "start_channels", target: "backup-1", names: ["orders"] },
        state,
        attempts: 1,
        lastError: "",
        channels: [],
        startedWallMs: 10,
        endedWallMs: state === "done" ? 30 : undefined,
        owesResolution: false,
      },
    ],
    ...more,
  };
}

test("a step that is stored again and again has ended once", () => {
  const meter = new RunMeter(0);
  for (const state of ["running", "done", "done"] as const) meter.runsStored([runOf("a", state)]);
  expect(meter.steps.start_channels.done).toBe(1);
});

test("an older run of the server is counted to its end beside a newer one", () => {
  const meter = new RunMeter(0);
  const newer = { runId: "a-2-signal", startedWallMs: 20 };
  meter.runsStored([runOf("a", "running")]);
  meter.runsStored([runOf("a", "done", newer)]);
  meter.runsStored([runOf("a", "done"), runOf("a", "done", newer)]);
  expect(meter.steps.start_channels.done).toBe(2);
});

test("a site of thousands of servers that dies at once is counted in no time", () => {
  const meter = new RunMeter(0);
  const names = Array.from({ length: 4000 }, (_, index) => `server-${index}`);
  const beganMs = performance.now();
  for (const state of ["pending", "running", "done"] as const) {
    for (const name of names) meter.runsStored([runOf(name, state)]);
  }
  // Each run compared with those of all servers took seven seconds, in which nobody is heard.
  expect(performance.now() - beganMs).toBeLessThan(2000);
  expect(meter.steps.start_channels.done).toBe(4000);
});

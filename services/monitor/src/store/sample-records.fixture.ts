// Records for the tests of the journal: every field set, every kind of step, numbers that JSON
// would round.

import type { DrillRecord } from "../core/drill-record.ts";
import type { FlowStep } from "../core/flow.ts";
import { newStepRecord, type RunRecord, type StepRecord } from "../core/run-record.ts";
import { newServerRecord, type ServerRecord } from "../core/server-record.ts";
import type { HistoryEntry, JournalChange, SignalRecord } from "../ports.ts";

/** A term that a double cannot hold. */
export const hugeTerm = 2n ** 62n - 1n;

/** A change with nothing in it, to be spread before what matters. */
export const noChange: JournalChange = { servers: [], signals: [], runs: [], history: [] };

export function sampleServer(changes: Partial<ServerRecord> = {}): ServerRecord {
  return {
    ...newServerRecord("primary-1", 1_760_000_000_000),
    state: "dead",
    because: 'No heartbeat for the threshold: "ärger" \u2028 <&>',
    assignment: "backup",
    term: hugeTerm,
    holder: "boot/8/42",
    host: "host-1",
    cleanTargets: ["backup-1", "backup-2"],
    startedTargets: ["backup-3"],
    switchover: { name: "anna", reason: "kernel update" },
    isTakenBySwitchover: true,
    hold: { until: "stable", delayMs: 1500.5, deaths: 4 },
    maintenance: { owner: "anna", reason: "disk", sinceWallMs: 1, untilWallMs: undefined },
    release: { boundMs: 600_000, lastsMs: 600_600, sinceWallMs: 2, by: "backup-1", holder: "m" },
    longestLease: { leaseMs: 750.5, lastsMs: 802 },
    isUnleased: true,
    isCloseUntold: true,
    unwillingDeaths: 3,
    recentDeaths: 4,
    incidentTerm: hugeTerm - 4n,
    takeoverRunId: "",
    ...changes,
  };
}

export function sampleSignal(signalId: bigint, changes: Partial<SignalRecord> = {}): SignalRecord {
  return {
    signalId,
    serverId: "primary-1",
    host: "host-1",
    signal: "DEAD",
    term: hugeTerm,
    wallMs: 1_760_000_000_000.25,
    because: "No good heartbeat for the threshold",
    document: '<signal server="primary-1">DEAD</signal>',
    evidence: "gaps 100 ms, 101 ms",
    facts: {
      sinceGoodMs: 1000.5,
      gapsMs: [100, 101],
      stallMs: 3,
      notGood: "",
      thresholdMs: 1000,
      goodCount: 7,
    },
    rule: { from: "live", on: "threshold_passed" },
    actor: { name: "anna", reason: "a drill" },
    runId: "primary-1/7/signal",
    ...changes,
  };
}

const steps: readonly FlowStep[] = [
  { kind: "start_channels", target: "backup-1", names: ["orders", "inv*"] },
  { kind: "stop_channels", target: "backup-1", names: ["*"] },
  { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" },
  { kind: "webhook", url: "http://127.0.0.1/", timeoutMs: 1000, attemptsMax: 3 },
  { kind: "command", command: ["true"], timeoutMs: 1000, attemptsMax: 1 },
];

export function sampleSteps(state: StepRecord["state"]): readonly StepRecord[] {
  const failed = {
    name: "orders",
    activity: "FAILED",
    isOk: false,
    error: "exited with code 3",
    lastLines: ["a", "b"],
  };
  return steps.map((step) => ({
    ...newStepRecord(step),
    state,
    attempts: 2,
    lastError: "no answer",
    channels: [failed],
    startedWallMs: 5,
    owesResolution: true,
  }));
}

export function sampleRun(runId: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    runId,
    serverId: "primary-1",
    host: "host-1",
    reason: "switchover",
    signal: "DEAD",
    because: "An operator asked for it",
    caseName: "DEAD",
    document: "<signal>DEAD</signal>",
    incidentTerm: hugeTerm - 5n,
    term: hugeTerm,
    state: "finished",
    hasStarted: true,
    heldBecause: "Flap protection",
    signalId: 0n,
    actor: { name: "anna", reason: "maintenance" },
    startedWallMs: 10,
    endedWallMs: undefined,
    steps: sampleSteps("done"),
    ...changes,
  };
}

export function sampleDrill(drillId: string, changes: Partial<DrillRecord> = {}): DrillRecord {
  const measured = { startedWallMs: 1, tookMs: 1000.5, objectiveMs: 2000, note: "" };
  return {
    drillId,
    serverId: "primary-1",
    kind: "silence",
    actor: { name: "anna", reason: "every quarter" },
    objective: { detectionMs: 2000, startMs: undefined, handoverMs: 0.5 },
    state: "failed",
    startTerm: hugeTerm,
    phases: [
      { name: "detection", isExercised: true, expectedMs: undefined, ...measured },
      {
        name: "start",
        isExercised: false,
        startedWallMs: undefined,
        tookMs: undefined,
        expectedMs: 7.5,
        objectiveMs: undefined,
        note: "as in run 7",
      },
    ],
    channels: [{ name: "orders", outMs: 1.5, backMs: undefined }],
    mails: 2,
    because: ["It took too long"],
    startedWallMs: 1_760_000_000_000.25,
    endedWallMs: undefined,
    ...changes,
  };
}

export function sampleHistory(text: string, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    serverId: "primary-1",
    wallMs: 7,
    text,
    actor: { name: "anna", reason: "why" },
    term: hugeTerm,
    evidence: "gaps 100 ms",
    refusal: "NOT_LIVE",
    ...changes,
  };
}

/** What the commit with this number changes: one of everything, all of it telling the number. */
export function numberedChange(number: bigint): JournalChange {
  const runId = `primary-1/${number}/signal`;
  return {
    servers: [sampleServer({ term: number, takeoverRunId: runId })],
    signals: [sampleSignal(number, { term: number, runId })],
    runs: [sampleRun(runId, { term: number, signalId: number })],
    history: [sampleHistory(`commit ${number}`, { term: number })],
  };
}

// Begins runs: the case that the decision switch picks, and what a run means for the assignment.

import assert from "node:assert";
import { type Plan, startTargetsOf } from "./flow.ts";
import { change, type Draft } from "./draft.ts";
import { type Actor, newStepRecord, type RunRecord } from "./run-record.ts";
import type { Signal } from "./server-record.ts";
import { type RunReason, writeSignalDocument } from "./signal-document.ts";

/** A run of the case that the decision switch picks, under the present term. */
export function planRun(
  draft: Draft,
  asked: { signal: Signal; reason: RunReason; because: string; actor?: Actor },
): RunRecord {
  const { record } = draft.server;
  const { wallMs } = draft.event;
  const { serverId, host, term } = record;
  const document = writeSignalDocument({ serverId, host, term, wallMs, ...asked });
  const plan = draft.settings.flow.plan(document);
  return {
    runId: `${serverId}-${term}-${asked.reason}`,
    serverId,
    host,
    reason: asked.reason,
    signal: asked.signal,
    because: asked.because,
    caseName: plan.caseName,
    document,
    incidentTerm: record.incidentTerm,
    term,
    // A case without steps is done before it begins.
    state: plan.steps.length === 0 ? "finished" : "running",
    signalId: 0n,
    actor: asked.actor,
    startedWallMs: wallMs,
    endedWallMs: plan.steps.length === 0 ? wallMs : undefined,
    hasStarted: false,
    heldBecause: "",
    steps: plan.steps.map(newStepRecord),
  };
}

/** Gives the channels to the targets of a run. Each becomes dirty before a start is sent to it. */
export function takeOver(draft: Draft, run: RunRecord): void {
  const { record } = draft.server;
  const targets = startTargetsOf(planOf(run));
  if (targets.length === 0) {
    // A backup that has the channels keeps them, and the run that started them goes on.
    const isKept = record.assignment === "backup";
    draft.effects.push({ kind: "begin_run", run, isSuperseding: !isKept });
    if (!isKept) change(draft, { assignment: "nobody", takeoverRunId: "" });
    return;
  }
  draft.effects.push({ kind: "begin_run", run, isSuperseding: true });
  change(draft, { assignment: "backup", takeoverRunId: run.runId });
}

/** Takes the channels from the backup: the run stops them there, and the gate waits for that. */
export function giveBack(draft: Draft, run: RunRecord): void {
  // A start under the term of the gate would be as new as the confirmations that the gate counts.
  assert.equal(startTargetsOf(planOf(run)).length, 0, "a flow starts nothing on LIVE");
  change(draft, {
    assignment: "nobody",
    hold: undefined,
    isTakenBySwitchover: false,
    takeoverRunId: "",
  });
  draft.effects.push({ kind: "begin_run", run, isSuperseding: true });
}

/** The plan that a run was made of. */
export function planOf(run: RunRecord): Plan {
  return { caseName: run.caseName, steps: run.steps.map((each) => each.step) };
}

// Begins runs: the case that the decision switch picks, and what a run means for the assignment.

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
    state: "running",
    signalId: 0n,
    actor: asked.actor,
    startedWallMs: wallMs,
    endedWallMs: undefined,
    steps: plan.steps.map(newStepRecord),
  };
}

/** Gives the channels to the targets of a run, and marks them dirty before any start is sent. */
export function takeOver(draft: Draft, run: RunRecord): void {
  const targets = startTargetsOf(planOf(run));
  draft.effects.push({ kind: "begin_run", run, isSuperseding: true });
  if (targets.length === 0) return change(draft, { assignment: "nobody", takeoverRunId: "" });
  change(draft, {
    assignment: "backup",
    takeoverRunId: run.runId,
    cleanTargets: draft.server.record.cleanTargets.filter((target) => !targets.includes(target)),
  });
}

/** Takes the channels from the backup: the run stops them there, and the gate waits for that. */
export function giveBack(draft: Draft, run: RunRecord): void {
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

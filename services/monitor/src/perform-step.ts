// Performs one step of a run through the ports, and tells how it ended. Never rejects but for a
// bug.

import { failpoint } from "@hot-backup/kit/failpoint.ts";
import { traceparentVariable, writeTraceparent } from "@hot-backup/kit/trace.ts";
import type { EmailValues } from "./core/email-values.ts";
import type { RunEffect } from "./core/run.ts";
import type { StepAnswer } from "./core/settle-step.ts";
import type { RunRecord, StepRecord } from "./core/run-record.ts";
import type { MonitorParts } from "./parts.ts";
import type { StaleAnswer } from "./ports.ts";
import { stepTrace } from "./run-trace.ts";

/** A step that is due. */
export interface DueStep {
  readonly run: RunRecord;
  readonly effect: RunEffect;
  readonly values: EmailValues;
  /** Whether a step before it still fails or waits. */
  readonly isUnresolved: boolean;
  readonly signal: AbortSignal;
  /** Makes it durable that a target may run channels from now on. False: it cannot be stored. */
  readonly beginStart: (target: string) => Promise<boolean>;
}

export type StepOutcome = StepAnswer | StaleAnswer;

export async function performStep(parts: MonitorParts, due: DueStep): Promise<StepOutcome> {
  const record = due.run.steps[due.effect.index];
  if (record === undefined) return { kind: "failed", error: "There is no such step" };
  const { step } = record;
  switch (step.kind) {
    case "start_channels":
    case "stop_channels":
      return orderChannels(parts, due, step);
    case "email":
      return sendEmail(parts, due, step);
    case "webhook":
      return { kind: "action", error: await callWebhook(parts, due, step) };
    case "command":
      return { kind: "action", error: await runCommand(parts, due, step) };
  }
}

type StepOf<Kind> = Extract<StepRecord["step"], { kind: Kind }>;

async function orderChannels(
  parts: MonitorParts,
  { run, effect, signal, beginStart }: DueStep,
  step: StepOf<"start_channels"> | StepOf<"stop_channels">,
): Promise<StepOutcome> {
  const order = {
    target: step.target,
    serverId: run.serverId,
    term: run.term,
    names: effect.kind === "order_channels" ? effect.names : step.names,
    actor: { name: "flow", reason: `${run.signal} of ${run.serverId}: ${run.because}` },
    trace: stepTrace(run, effect.index),
  };
  if (step.kind === "start_channels") {
    // A start that cannot arrive makes no target dirty, or a dead backup would keep the primary
    // down.
    if (!parts.targets.isConnected(step.target)) {
      return { kind: "failed", error: `Cannot reach target "${step.target}": not connected` };
    }
    const isBegun = await beginStart(step.target);
    if (signal.aborted) return { kind: "failed", error: "A newer run took its place" };
    if (!isBegun) {
      return { kind: "failed", error: `Cannot store that target "${step.target}" is started` };
    }
    failpoint("monitor.target_dirty");
  }
  const send = step.kind === "start_channels" ? parts.targets.start : parts.targets.stop;
  const answer = await send.call(parts.targets, order, signal);
  if (step.kind === "start_channels") failpoint("monitor.start_answered");
  return answer.kind === "answered" ? { kind: "channels", channels: answer.channels } : answer;
}

async function sendEmail(
  parts: MonitorParts,
  { run, effect, values, isUnresolved, signal }: DueStep,
  step: StepOf<"email">,
): Promise<StepOutcome> {
  const isResolution = effect.kind === "send_email" && effect.isResolution;
  const name = `${parts.journal.journalId}/${run.runId}/${effect.index}`;
  const answer = await parts.notifier.sendEmail(
    {
      idempotencyKey: isResolution ? `${name}/resolved` : name,
      to: step.to,
      cc: step.cc,
      template: step.template,
      values,
      thread: `${parts.journal.journalId}/${run.serverId}/${run.incidentTerm}`,
      trace: stepTrace(run, effect.index),
    },
    signal,
  );
  failpoint("monitor.mail_accepted");
  return { kind: "email", answer, isUnresolved: isUnresolved && !isResolution };
}

function callWebhook(
  parts: MonitorParts,
  { run, effect, values, signal }: DueStep,
  step: StepOf<"webhook">,
): Promise<string> {
  return parts.actions.callWebhook(
    {
      url: step.url,
      body: JSON.stringify(values),
      idempotencyKey: `${parts.journal.journalId}/${run.runId}/${effect.index}`,
      traceparent: writeTraceparent(stepTrace(run, effect.index)),
      timeoutMs: step.timeoutMs,
    },
    signal,
  );
}

function runCommand(
  parts: MonitorParts,
  { run, effect, signal }: DueStep,
  step: StepOf<"command">,
): Promise<string> {
  return parts.actions.runCommand(
    {
      command: step.command,
      environment: {
        HOT_BACKUP_SERVER: run.serverId,
        HOT_BACKUP_SIGNAL: run.signal,
        HOT_BACKUP_TERM: String(run.term),
        HOT_BACKUP_REASON: run.reason,
        [traceparentVariable]: writeTraceparent(stepTrace(run, effect.index)),
      },
      timeoutMs: step.timeoutMs,
    },
    signal,
  );
}

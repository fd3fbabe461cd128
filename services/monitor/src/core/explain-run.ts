// What keeps a run from its end, in words: the steps that are tried again and again.

import type { FlowStep } from "./flow.ts";
import type { RunRecord, StepRecord } from "./run-record.ts";

/** Names of channels in one line. */
const namesMax = 5;

/** One line for each step that does not get done. */
export function runObstacles(run: RunRecord): readonly string[] {
  if (run.state !== "running" && run.state !== "held") return [];
  return run.steps.filter(({ state }) => state === "retrying").map(inWords);
}

function inWords({ step, attempts, lastError, channels }: StepRecord): string {
  const failing = channels.filter(({ isOk }) => !isOk);
  const named = failing.slice(0, namesMax).map(({ name, error }) => `${name}: ${error}`);
  const left = failing.length - named.length;
  const rest = left > 0 ? [`and ${left} more`] : [];
  const why = named.length > 0 ? [...named, ...rest].join("; ") : lastError;
  const what = `${describe(step)}, attempt ${attempts}`;
  return `A step of the flow is tried again and again (${what}): ${why}`;
}

function describe(step: FlowStep): string {
  switch (step.kind) {
    case "start_channels":
      return `start channels on ${step.target}`;
    case "stop_channels":
      return `stop channels on ${step.target}`;
    case "email":
      return `mail by template ${step.template}`;
    case "webhook":
    case "command":
      return step.kind;
  }
}

// What a mail about a run tells: the values of the template "signal" of the notify service.

import type { RunRecord, StepRecord } from "./run-record.ts";

/** A value of a template: what JSON can hold. */
export type EmailValue = string | number | boolean | readonly EmailValue[] | EmailValues;
export interface EmailValues {
  readonly [name: string]: EmailValue;
}

/** The values of one mail. `isResolution`: a mail that said what failed went out before. */
export function emailValues(
  run: RunRecord,
  given: { group: string; monitor: string; isResolution: boolean },
): EmailValues {
  return {
    server: run.serverId,
    host: run.host,
    signal: run.signal,
    time: new Date(run.startedWallMs).toISOString(),
    term: String(run.term),
    because: run.because,
    reason: run.reason,
    group: given.group,
    monitor: given.monitor,
    resolved: given.isResolution,
    held: run.state === "held",
    heldBecause: run.state === "held" ? run.heldBecause : "",
    ...(run.actor === undefined ? {} : { actor: { ...run.actor } }),
    steps: run.steps.filter((each) => each.step.kind !== "email").map(stepValues),
  };
}

function stepValues({ step, state, lastError, channels }: StepRecord): EmailValues {
  return {
    kind: stepKindName(step.kind),
    target: "target" in step ? step.target : "",
    state,
    error: lastError,
    channels: channels.map(({ name, isOk, activity, error }) => ({
      name,
      ok: isOk,
      activity,
      error,
    })),
  };
}

/** Name of a kind of step, as a flow file spells it. */
function stepKindName(kind: StepRecord["step"]["kind"]): string {
  switch (kind) {
    case "start_channels":
      return "startChannels";
    case "stop_channels":
      return "stopChannels";
    case "email":
    case "webhook":
    case "command":
      return kind;
  }
}

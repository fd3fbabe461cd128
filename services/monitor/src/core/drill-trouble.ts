// What makes a drill fail in the middle: a word of an operator, a real death, a backup that cannot
// start, or time that is up. All of it goes before the drill.

import { isDrillDeath } from "./drill-silence.ts";
import { type DrillRecord, takeoverRunIdOf } from "./drill-record.ts";
import type { RunRecord } from "./run-record.ts";
import type { Moment } from "./server-event.ts";
import type { ServerRecord } from "./server-record.ts";

/**
 * withdraw: the primary gives its lease back. detect: silence until DEAD. start: the backup starts.
 * return: heartbeats count again. handover: the primary gets its channels. abandon: it has failed,
 * and sees the channels home.
 */
export type DrillStage = "withdraw" | "detect" | "start" | "return" | "handover" | "abandon";

/** What a drill can see now. */
export interface DrillView extends Moment {
  readonly server: ServerRecord;
  readonly settings: { readonly thresholdMs: number; readonly switchoverTimeoutMs: number };
  /** The run that began last. */
  latest(): RunRecord | undefined;
  /** The run of the present takeover has started all its channels. */
  readonly isTakenOver: boolean;
  /** Why that run does not get on, in one line. "": it does. */
  readonly startError: string;
  /** The primary holds the lease of the present term, and its channels run under it. */
  readonly isHome: boolean;
  readonly isSilenced: boolean;
  readonly sinceGoodMs: number;
}

/** A drill as far as its troubles go. */
interface Troubled {
  readonly record: DrillRecord;
  readonly stage: DrillStage;
  readonly stageBeganMs: number;
}

/** Longer than a heartbeat service that lost its stream waits between two attempts. */
const reconnectMaxMs = 10_000;

/** Why the drill fails now, in one line. Undefined: it goes on. */
export function whatIsWrong(drill: Troubled, view: DrillView): string | undefined {
  return (
    whatWasSaid(drill, view) ??
    whatDied(drill, view) ??
    whatMoved(drill, view) ??
    whatFailed(drill, view) ??
    whatIsLate(drill, view)
  );
}

// Words of operators, and of the server itself.
function whatWasSaid({ stage }: Troubled, { server }: DrillView): string | undefined {
  const { maintenance, switchover, state, because } = server;
  if (maintenance !== undefined) {
    return `${maintenance.owner} set maintenance: ${maintenance.reason}`;
  }
  if (state === "closed") return `The server closed: ${because}`;
  if (state !== "live" && state !== "dead") return because;
  if (stage === "handover" && switchover !== undefined) {
    return `${switchover.name} asked for a switchover: ${switchover.reason}`;
  }
  return undefined;
}

function whatDied({ stage, record }: Troubled, { server }: DrillView): string | undefined {
  if (server.state !== "dead") return undefined;
  const { because } = server;
  const isExpected = stage === "detect" || stage === "start" || stage === "return";
  if (isExpected && isDrillDeath(because, record.actor)) return undefined;
  return `The server died in the middle of it: ${because}`;
}

// The channels are not where the drill has brought them.
function whatMoved({ stage, record }: Troubled, view: DrillView): string | undefined {
  const { assignment, state, switchover, takeoverRunId } = view.server;
  const isOwn = assignment === "backup" && takeoverRunId === takeoverRunIdOf(record);
  switch (stage) {
    case "withdraw":
      return isOwn || switchover !== undefined ? undefined : whoMoved(view);
    case "detect":
      return assignment === "primary" || state === "dead" ? undefined : whoMoved(view);
    case "start":
      if (record.kind === "silence" && state === "live") {
        return "The server was heard again before the backup ran all channels";
      }
      return isOwn ? undefined : whoMoved(view);
    case "return":
      return isOwn || state === "live" ? undefined : whoMoved(view);
    case "handover":
      return isOwn || assignment !== "backup" ? undefined : whoMoved(view);
    case "abandon":
      return undefined;
  }
}

function whoMoved(view: DrillView): string {
  const latest = view.latest();
  const why = latest?.because ?? view.server.because;
  const who = latest?.actor === undefined ? "" : ` (${latest.actor.name}: ${latest.actor.reason})`;
  return `The channels went elsewhere: ${why}${who}`;
}

function whatFailed({ stage }: Troubled, { startError }: DrillView): string | undefined {
  return stage === "start" && startError !== "" ? startError : undefined;
}

function whatIsLate(drill: Troubled, view: DrillView): string | undefined {
  const maxMs = stageMaxMs(drill.stage, view);
  if (view.nowMs - drill.stageBeganMs < maxMs) return undefined;
  return `${stageNames[drill.stage]} within ${(maxMs / 1000).toFixed(1)} s`;
}

const stageNames: Readonly<Record<DrillStage, string>> = {
  withdraw: "The primary did not give its channels up",
  detect: "No DEAD was declared",
  start: "The backup did not start all channels",
  return: "The server was not heard again",
  handover: "The primary did not run its channels again",
  abandon: "The primary did not run its channels again",
};

/** How long a stage may take. */
export function stageMaxMs(
  stage: DrillStage,
  { settings: { thresholdMs, switchoverTimeoutMs } }: Pick<DrillView, "settings">,
): number {
  switch (stage) {
    case "withdraw":
    case "detect":
      return 2 * thresholdMs + reconnectMaxMs;
    case "start":
      return switchoverTimeoutMs;
    case "return":
      return thresholdMs + reconnectMaxMs;
    case "handover":
    case "abandon":
      return 2 * thresholdMs + switchoverTimeoutMs + reconnectMaxMs;
  }
}

/** When a silence ends whatever becomes of its drill: the latest end of its stages. */
export function silenceMaxMs(settings: DrillView["settings"]): number {
  return stageMaxMs("detect", { settings }) + stageMaxMs("start", { settings });
}

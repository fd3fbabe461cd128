// What the steps of a tried flow do not say: terms, the gate, a hold, and whether it would be
// refused.

import { holdFor } from "../core/failback-hold.ts";
import { startTargetsOf } from "../core/flow.ts";
import { gateTargets } from "../core/gate.ts";
import { whyNoFailback } from "../core/handover.ts";
import type { RunRecord } from "../core/run-record.ts";
import type { Signal } from "../core/server-record.ts";
import type { RunReason } from "../core/signal-document.ts";
import type { TriedFlow } from "../flow/try-flow.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import { whyNoMove } from "./switchover-check.ts";

/** What is tried. */
export interface Trial {
  readonly server: ServerLoop;
  readonly signal: Signal;
  readonly reason: RunReason;
}

/** What came of it. */
interface Tried extends TriedFlow {
  /** The run that the failback would release. */
  readonly held: RunRecord | undefined;
}

/** In the order in which an operator wants to know: first whether it would happen at all. */
export function notesOn(monitor: Monitor, trial: Trial, tried: Tried): readonly string[] {
  const { record } = trial.server;
  const { held } = tried;
  const starts = startTargetsOf(tried.plan);
  const refused = whyRefused(monitor, trial);
  return [
    ...(refused === undefined ? [] : [`It would be refused now: ${refused}`]),
    `Every order would carry term ${record.term + 1n}`,
    ...(starts.length === 0 ? [] : [`The channels would be assigned to ${starts.join(", ")}`]),
    ...(held === undefined ? [] : [`The hold ends: run ${held.runId} goes on`]),
    ...holdNotes(trial),
    ...gateNotes(trial, tried),
  ];
}

// Whether the targets are ready is told by readiness: to ask them here would let any reader bother
// them.
function whyRefused(monitor: Monitor, { server, reason }: Trial): string | undefined {
  const { maintenance } = server.record;
  if (reason === "failback") return whyNoFailback(server.record)?.[1];
  if (reason === "switchover") return whyNoMove(monitor, server)?.[1];
  return maintenance && `maintenance by ${maintenance.owner}, so the signal would not be given`;
}

// Only a server that comes back by itself waits: an operator's failback ends a hold.
function holdNotes({ server, signal, reason }: Trial): readonly string[] {
  if (signal !== "LIVE" || reason !== "signal" || server.record.assignment !== "backup") return [];
  const hold = holdFor(server.record, server.watched.settings);
  if (hold === undefined) return [];
  const until =
    hold.until === "stable"
      ? `the server has been live for ${hold.delayMs / 1000} s`
      : "an operator asks for the failback";
  return [`The run would be held until ${until}`];
}

function gateNotes({ server, signal }: Trial, { startTargets }: TriedFlow): readonly string[] {
  const { settings } = server.watched;
  const flow = { ...settings.flow, startTargets };
  const targets = gateTargets({ settings: { ...settings, flow }, server: server.watched.server });
  if (signal !== "LIVE" || targets.length === 0) return [];
  return [`Before the server may run: ${targets.join(", ")} must confirm STOPPED`];
}

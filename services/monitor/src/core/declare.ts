// Changes of state and their signals: one row of the table, one rise of the term, one signal, one
// run.

import { giveBack, planOf, planRun, takeOver } from "./begin-run.ts";
import { change, type Draft, note, raiseTerm } from "./draft.ts";
import { drillBecause } from "./drill-silence.ts";
import { holdFor, whyHeld } from "./failback-hold.ts";
import { countDeath } from "./flap.ts";
import { startTargetsOf } from "./flow.ts";
import { finishSwitchover, giveUpHolder } from "./handover.ts";
import { hearLease, mayLast } from "./release.ts";
import type { Actor, RunRecord } from "./run-record.ts";
import type { ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";
import { findTransition, type StateEvent, type Transition } from "./transitions.ts";

/** The longest wait before a server that refuses every lease is believed again. */
const unwillingWaitMaxMs = 600_000;

/** A good heartbeat: it may bring the server to life, and it tells who holds the server id. */
export function applyGoodHeartbeat(
  draft: Draft,
  heard: { holder: string; host: string; isLeaseHeld: boolean; leaseLeftMs: number },
): void {
  const { nowMs } = draft.event;
  hearLease(draft, heard.isLeaseHeld ? heard.leaseLeftMs : undefined);
  if (draft.server.record.isCloseUntold) change(draft, { isCloseUntold: false });
  if (draft.server.record.maintenance !== undefined && isTold(draft, "good_heartbeat")) return;
  if (nowMs < draft.server.liveNotBeforeMs && draft.server.record.state === "dead") return;
  if (heard.host !== draft.server.record.host) change(draft, { host: heard.host });
  giveUpHolder(draft, heard.holder);
  if (heard.isLeaseHeld && draft.server.record.unwillingDeaths > 0) {
    change(draft, { unwillingDeaths: 0 });
  }
  declare(draft, "good_heartbeat");
}

/** Time without a good heartbeat. */
export function applySilence(
  draft: Draft,
  passed: { silentMs: number; isUnwilling: boolean; drill: Actor | undefined },
): void {
  const { settings, server } = draft;
  if (server.record.maintenance !== undefined || mayLast(draft)) return;
  if (passed.silentMs >= settings.thresholdMs && isTold(draft, "threshold_passed")) {
    const { unwillingDeaths } = server.record;
    // A drill says nothing about what a server takes or refuses.
    const known = passed.drill === undefined ? 0 : unwillingDeaths;
    const deaths = passed.isUnwilling ? unwillingDeaths + 1 : known;
    change(draft, { unwillingDeaths: deaths });
    declare(draft, "threshold_passed");
    const waitMs = unwillingWaitMs(draft.server.record, settings);
    draft.server = { ...draft.server, liveNotBeforeMs: draft.event.nowMs + waitMs };
  }
  const closedMs = draft.event.nowMs - draft.server.closedSinceMs;
  if (settings.closeExpiryMs !== undefined && closedMs >= settings.closeExpiryMs) {
    declare(draft, "close_expired");
  }
}

/** The server says that it stops in good order. In maintenance that is kept until its end. */
export function applyClose(draft: Draft, close: { actor: Actor }): void {
  if (draft.server.record.maintenance !== undefined) {
    change(draft, { isCloseUntold: true });
    return note(draft, "The server said CLOSE during maintenance", close.actor);
  }
  declare(draft, "close_received", close.actor);
}

/**
 * Ends maintenance when its time has come: the threshold counts anew, and an untold close is told.
 * Returns whether it has ended now, so that the silence before it counts for nothing.
 */
export function resumeAfterMaintenance(draft: Draft): boolean {
  const { record, maintenanceUntilMs } = draft.server;
  if (record.maintenance === undefined || maintenanceUntilMs === undefined) return false;
  if (draft.event.nowMs < maintenanceUntilMs) return false;
  const isCloseUntold = record.isCloseUntold;
  change(draft, { maintenance: undefined, isCloseUntold: false });
  draft.server = { ...draft.server, maintenanceUntilMs: undefined };
  draft.effects.push({ kind: "restart_threshold" });
  note(draft, "Maintenance has ended: the threshold counts anew", undefined);
  if (isCloseUntold) declare(draft, "close_received");
  return true;
}

function isTold(draft: Draft, on: StateEvent): boolean {
  return findTransition(draft.server.record.state, on)?.signal !== undefined;
}

function declare(draft: Draft, on: StateEvent, actor?: Actor): void {
  const found = findTransition(draft.server.record.state, on);
  if (found === undefined) return;
  const drill = drillOf(draft, on);
  const row =
    drill === undefined ? found : { ...found, because: drillBecause(found.because, drill) };
  const { nowMs, wallMs } = draft.event;
  change(draft, { state: row.to, because: row.because, changedWallMs: wallMs });
  if (row.to === "live") draft.server = { ...draft.server, liveSinceMs: nowMs };
  if (row.to === "closed") draft.server = { ...draft.server, closedSinceMs: nowMs };
  if (row.signal === undefined) return;
  raiseTerm(draft);
  switch (row.signal) {
    case "DEAD":
      return declareDead(draft, row);
    case "LIVE":
      return declareLive(draft, row);
    case "CLOSE":
      return declareClose(draft, row, actor);
  }
}

// Who asked for the drill that makes a server DEAD. Absent: it is its own death.
function drillOf({ event }: Draft, on: StateEvent): Actor | undefined {
  return on === "threshold_passed" && event.kind === "time_passed" ? event.drill : undefined;
}

function declareDead(draft: Draft, row: Transition): void {
  change(draft, {
    incidentTerm: draft.server.record.term,
    hold: undefined,
    switchover: undefined,
  });
  // Who stays away after a close has not died on its feet, and a drill is nobody's fault.
  const isDrill = drillOf(draft, row.on) !== undefined;
  if (row.on === "threshold_passed" && !isDrill) countDeath(draft);
  const run = planRun(draft, { signal: "DEAD", reason: "signal", because: row.because });
  recordSignal(draft, run, { row, actor: drillOf(draft, row.on) });
  takeOver(draft, run);
}

function declareLive(draft: Draft, row: Transition): void {
  const { record } = draft.server;
  const hold = record.assignment === "backup" ? holdFor(record, draft.settings) : undefined;
  if (record.incidentTerm === 0n) change(draft, { incidentTerm: record.term });
  const run = planRun(draft, { signal: "LIVE", reason: "signal", because: row.because });
  recordSignal(draft, run, { row });
  if (hold === undefined) return giveBack(draft, run);
  change(draft, { hold });
  const heldBecause = whyHeld(hold, record);
  note(draft, heldBecause, undefined);
  const held = { ...run, state: "held", heldBecause } as const;
  draft.effects.push({ kind: "begin_run", run: held, isSuperseding: false });
}

function declareClose(draft: Draft, row: Transition, actor: Actor | undefined): void {
  const wasSwitchingOver = draft.server.record.switchover !== undefined;
  if (draft.server.record.assignment !== "backup") {
    change(draft, { incidentTerm: draft.server.record.term });
  }
  const run = planRun(draft, { signal: "CLOSE", reason: "signal", because: row.because });
  recordSignal(draft, run, { row, actor });
  change(draft, { hold: undefined });
  if (startTargetsOf(planOf(run)).length > 0) {
    const isTakenBySwitchover = wasSwitchingOver || draft.server.record.isTakenBySwitchover;
    change(draft, { switchover: undefined, isTakenBySwitchover });
    return takeOver(draft, run);
  }
  // What goes on with a backup that has the channels goes on.
  draft.effects.push({ kind: "begin_run", run, isSuperseding: false });
  if (wasSwitchingOver) return finishSwitchover(draft);
  if (draft.server.record.assignment !== "backup") change(draft, { assignment: "nobody" });
}

/** How long a dead server must wait to be believed, because it died refusing leases. */
export function unwillingWaitMs(record: ServerRecord, settings: ServerSettings): number {
  if (record.unwillingDeaths === 0) return 0;
  return Math.min(unwillingWaitMaxMs, settings.thresholdMs * 2 ** record.unwillingDeaths);
}

function recordSignal(
  draft: Draft,
  run: RunRecord,
  given: { row: Transition; actor?: Actor | undefined },
): void {
  const { signal, because, document, runId } = run;
  const { actor, row } = given;
  const rule = { from: row.from, on: row.on };
  draft.effects.push({ kind: "record_signal", signal, because, document, actor, rule, runId });
}

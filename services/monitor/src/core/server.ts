// One watched server: what an event does to it. step() is pure; it is the only place that changes a
// state.

import {
  applyClose,
  applyGoodHeartbeat,
  applySilence,
  resumeAfterMaintenance,
  unwillingWaitMs,
} from "./declare.ts";
import { change, type Draft, note, refuse, type Server } from "./draft.ts";
import { forgiveDeaths, forgivenAtMs, steadySinceMs } from "./flap.ts";
import { advanceGate, confirmTarget, denyTarget, dirtyTarget, noteFence } from "./gate.ts";
import {
  askFailback,
  askSwitchover,
  confirmStopped,
  finishSwitchover,
  goAbove,
  raiseForLease,
  releaseStableHold,
  returnFromDrill,
  undoSwitchover,
} from "./handover.ts";
import { noteEarlierLease, releaseAtStart, settleLongestLease } from "./longest-lease.ts";
import { noteOverride, stopOverridden } from "./override.ts";
import {
  beginRelease,
  mayLast,
  releasedUntilMs,
  releaseOverAtMs,
  settleRelease,
  undoRelease,
} from "./release.ts";
import type { Moment, Refusal, ServerEffect, ServerEvent } from "./server-event.ts";
import type { Maintenance, ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

/** What an event leads to. Refused: nothing has changed. */
export interface StepResult {
  readonly server: Server;
  readonly effects: readonly ServerEffect[];
  readonly refusal: Refusal | undefined;
}

/** A server as the journal has it, when the monitor starts. Step it with monitor_started first. */
export function loadServer(record: ServerRecord, settings: ServerSettings, moment: Moment): Server {
  const { nowMs, wallMs } = moment;
  const until = record.maintenance?.untilWallMs;
  const release = releaseAtStart(record, settings, wallMs);
  return {
    record: { ...record, release, state: record.state === "live" ? "waiting" : record.state },
    gate: undefined,
    startsNotBeforeMs: nowMs + settings.thresholdMs,
    heldOnlyUntilMs: record.holder === "" ? nowMs + settings.thresholdMs : nowMs,
    releasedUntilMs: releasedUntilMs(release, nowMs),
    liveSinceMs: nowMs,
    steadySinceMs: undefined,
    closedSinceMs: nowMs,
    liveNotBeforeMs: nowMs + unwillingWaitMs(record, settings),
    maintenanceUntilMs: until === undefined ? undefined : nowMs + Math.max(0, until - wallMs),
  };
}

type EventOf<Kind> = Extract<ServerEvent, { kind: Kind }>;

/** Applies one event. */
export function step(settings: ServerSettings, server: Server, event: ServerEvent): StepResult {
  const draft: Draft = { settings, event, server, effects: [], refusal: undefined };
  apply(draft, event);
  if (draft.refusal !== undefined) return { server, effects: [], refusal: draft.refusal };
  settleRelease(draft);
  advanceGate(draft);
  settleLongestLease(draft);
  const since = steadySinceMs(draft.server, event.nowMs);
  if (since !== draft.server.steadySinceMs) {
    draft.server = { ...draft.server, steadySinceMs: since };
  }
  return { server: draft.server, effects: draft.effects, refusal: undefined };
}

function apply(draft: Draft, event: ServerEvent): void {
  switch (event.kind) {
    case "monitor_started":
      return noteEarlierLease(draft);
    case "good_heartbeat":
      applyGoodHeartbeat(draft, event);
      if (event.isStoppedConfirmed) finishSwitchover(draft);
      return;
    case "lease_missing":
      return raiseForLease(draft);
    case "override_heard":
      return noteOverride(draft, event.actor);
    case "override_seen":
      return stopOverridden(draft, event);
    case "higher_term_seen":
      return goAbove(draft, event.term);
    case "close_received":
      return applyClose(draft, event);
    case "time_passed":
      return passTime(draft, event);
    case "release_begun":
      return beginRelease(draft, event.by);
    case "release_unused":
      return undoRelease(draft, event.before);
    case "target_confirmed":
      return confirmTarget(draft, event);
    case "start_begins":
      return dirtyTarget(draft, event.target);
    case "target_denied":
      return denyTarget(draft, event);
    case "target_fenced":
      return noteFence(draft, event);
    case "takeover_failed":
      return undoSwitchover(draft, event.runId);
    case "failback_asked":
      return askFailback(draft, event.actor);
    case "drill_returned":
      return returnFromDrill(draft, event.actor);
    case "switchover_asked":
      return askSwitchover(draft, event.actor);
    case "stopped_confirmed":
      return confirmStopped(draft, event);
    case "maintenance_set":
      return setMaintenance(draft, event);
    case "maintenance_cleared":
      return clearMaintenance(draft, event);
  }
}

function passTime(draft: Draft, passed: EventOf<"time_passed">): void {
  if (resumeAfterMaintenance(draft)) return;
  applySilence(draft, passed);
  releaseStableHold(draft);
  forgiveDeaths(draft);
  if (passed.sinceGrantMs >= draft.settings.thresholdMs && !mayLast(draft)) finishSwitchover(draft);
}

function setMaintenance(
  draft: Draft,
  asked: { maintenance: Maintenance; untilMs: number | undefined },
): void {
  const { switchover, serverId } = draft.server.record;
  // Nobody has the channels until the backup starts them, and in maintenance no run starts.
  if (switchover !== undefined) {
    const message = `Cannot set maintenance of server "${serverId}": a switchover is under way`;
    return refuse(draft, "SWITCHING_OVER", message);
  }
  const { owner, reason } = asked.maintenance;
  change(draft, { maintenance: asked.maintenance });
  draft.server = { ...draft.server, maintenanceUntilMs: asked.untilMs };
  note(draft, "Maintenance began", { name: owner, reason });
}

function clearMaintenance(draft: Draft, { nowMs, actor }: EventOf<"maintenance_cleared">): void {
  if (draft.server.record.maintenance === undefined) return;
  draft.server = { ...draft.server, maintenanceUntilMs: nowMs };
  resumeAfterMaintenance(draft);
  note(draft, "Maintenance was cleared", actor);
}

/**
 * When the next time_passed is due, apart from silence: the nearest of the instants that a rule
 * waits for, or Infinity.
 */
export function wakeAtMs(settings: ServerSettings, server: Server): number {
  const { record, gate } = server;
  let atMs = server.maintenanceUntilMs ?? Number.POSITIVE_INFINITY;
  if (gate !== undefined) atMs = Math.min(atMs, gate.patienceEndsMs);
  if (record.release !== undefined) atMs = Math.min(atMs, releaseOverAtMs(settings, server));
  // In maintenance nothing else is decided by the passing of time.
  if (record.maintenance !== undefined) return atMs;
  atMs = Math.min(atMs, forgivenAtMs(settings, server));
  if (record.state === "live" && record.hold?.until === "stable") {
    atMs = Math.min(atMs, server.liveSinceMs + record.hold.delayMs);
  }
  if (record.state === "closed" && settings.closeExpiryMs !== undefined) {
    atMs = Math.min(atMs, server.closedSinceMs + settings.closeExpiryMs);
  }
  return atMs;
}

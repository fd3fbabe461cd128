// Changes of mind without a change of state: a lease that ended, a term from beyond, a failback, a
// switchover, and another machine behind the same server id. Each raises the term.

import { giveBack, planRun, takeOver } from "./begin-run.ts";
import { change, type Draft, note, raiseTerm, refuse } from "./draft.ts";
import { confirmTarget, gateTargets } from "./gate.ts";
import type { Actor } from "./run-record.ts";
import type { ServerRecord } from "./server-record.ts";

/**
 * The server lives but its lease has ended or never arrived: a new term, the gate anew, a new
 * lease.
 */
export function raiseForLease(draft: Draft): void {
  if (draft.server.record.assignment !== "primary") return;
  raiseTerm(draft);
  change(draft, { assignment: "nobody" });
  note(draft, "The lease has ended although the server lives: it gets a new one", undefined);
}

/**
 * R7: somebody has seen a higher term, so this journal is not the newest. Nothing it says is
 * trusted.
 */
export function goAbove(draft: Draft, seen: bigint): void {
  const { record } = draft.server;
  if (seen < record.term) return;
  const { nowMs, wallMs } = draft.event;
  const untilMs = nowMs + draft.settings.thresholdMs;
  const { release } = record;
  change(draft, {
    term: seen,
    state: "waiting",
    because: "A higher term than the journal's was seen: the journal is not the newest",
    changedWallMs: wallMs,
    assignment: "nobody",
    cleanTargets: [],
    switchover: undefined,
    isTakenBySwitchover: false,
    hold: undefined,
    takeoverRunId: "",
    release: release === undefined ? undefined : { ...release, holder: "" },
  });
  raiseTerm(draft);
  draft.server = { ...draft.server, startsNotBeforeMs: untilMs, heldOnlyUntilMs: untilMs };
  draft.effects.push({ kind: "drop_runs" }, { kind: "restart_threshold" });
  note(draft, `Term ${seen} was seen elsewhere: going above it`, undefined);
}

/**
 * R6: the first good heartbeat of another machine, once the edge has let it in. One that does not
 * know its machine takes the place of none.
 */
export function giveUpHolder(draft: Draft, holder: string): void {
  const known = draft.server.record.holder;
  if (holder === known || holder === "") return;
  change(draft, { holder });
  if (known === "") return;
  note(draft, `Another machine holds the server id now: ${holder}`, undefined);
  raiseForLease(draft);
}

/** An operator gives the channels back to the primary. */
export function askFailback(draft: Draft, actor: Actor): void {
  if (isFailbackRefused(draft)) return;
  // Who gives the channels back knows of the deaths, and takes the server to be sound again.
  change(draft, { recentDeaths: 0 });
  failBack(draft, "An operator asked for a failback", actor);
}

/** A drill gives the channels back. It says nothing about deaths of before. */
export function returnFromDrill(draft: Draft, actor: Actor): void {
  if (isFailbackRefused(draft)) return;
  failBack(draft, "A drill gives the channels back", actor);
}

function isFailbackRefused(draft: Draft): boolean {
  const { record } = draft.server;
  const refusal = whyNoFailback(record);
  if (refusal === undefined) return false;
  refuse(draft, refusal[0], `Cannot fail back to server "${record.serverId}": ${refusal[1]}`);
  return true;
}

/** Why a failback is refused, or undefined: a reason for programs and one for people. */
export function whyNoFailback(
  record: ServerRecord,
): readonly [reason: string, message: string] | undefined {
  if (record.state !== "live") return ["NOT_LIVE", `it is ${record.state}, not live`];
  if (record.assignment !== "backup") return ["NOTHING_TO_DO", "no backup has its channels"];
  if (record.maintenance !== undefined) return ["IN_MAINTENANCE", "it is in maintenance"];
  return undefined;
}

/** A failback that waited for a stable server happens by itself. */
export function releaseStableHold(draft: Draft): void {
  const { record, liveSinceMs } = draft.server;
  if (record.state !== "live" || record.hold?.until !== "stable") return;
  if (record.maintenance !== undefined) return;
  if (draft.event.nowMs - liveSinceMs < record.hold.delayMs) return;
  failBack(draft, "The server has been live for long enough", undefined);
}

function failBack(draft: Draft, because: string, actor: Actor | undefined): void {
  const isHeld = draft.server.record.hold !== undefined;
  raiseTerm(draft);
  note(draft, "The channels go back to the primary", actor);
  if (isHeld) {
    const { term } = draft.server.record;
    change(draft, {
      assignment: "nobody",
      hold: undefined,
      isTakenBySwitchover: false,
      takeoverRunId: "",
    });
    draft.effects.push({ kind: "release_run", term, actor });
    return;
  }
  const asked = { signal: "LIVE", reason: "failback", because } as const;
  giveBack(draft, planRun(draft, actor === undefined ? asked : { ...asked, actor }));
}

/**
 * An operator moves the channels to the backup. The caller has checked that the targets are ready.
 */
export function askSwitchover(draft: Draft, actor: Actor): void {
  const refusal = whyNoSwitchover(draft);
  if (refusal !== undefined) {
    const { serverId } = draft.server.record;
    return refuse(draft, refusal[0], `Cannot switch server "${serverId}" over: ${refusal[1]}`);
  }
  raiseTerm(draft);
  change(draft, {
    assignment: "nobody",
    switchover: actor,
    incidentTerm: draft.server.record.term,
  });
  note(draft, "A switchover began: the primary gives its lease back", actor);
}

/** Why a switchover is refused, or undefined: a reason for programs and one for people. */
export function whyNoSwitchover(
  draft: Pick<Draft, "server" | "settings">,
): readonly [reason: string, message: string] | undefined {
  const { record } = draft.server;
  if (draft.settings.protection !== "lease") {
    return ["NOT_PROTECTED", "without a lease the monitor cannot make it stop its channels"];
  }
  if (record.maintenance !== undefined) return ["IN_MAINTENANCE", "it is in maintenance"];
  if (record.state !== "live") return ["NOT_LIVE", `it is ${record.state}, not live`];
  if (record.assignment === "backup") return ["NOTHING_TO_DO", "the backup has its channels"];
  if (record.assignment === "nobody") return ["NOTHING_TO_DO", "nobody has its channels yet"];
  if (draft.settings.flow.startTargets.length === 0) {
    return ["NO_TARGET", "its flow starts no channels anywhere"];
  }
  return undefined;
}

/**
 * The primary has let go: confirmed, closed, or a threshold after the last grant. Now the backup
 * starts.
 */
export function finishSwitchover(draft: Draft): void {
  const actor = draft.server.record.switchover;
  if (actor === undefined) return;
  change(draft, { switchover: undefined, isTakenBySwitchover: true });
  const because = "An operator asked for a switchover";
  takeOver(draft, planRun(draft, { signal: "DEAD", reason: "switchover", because, actor }));
}

/** The backup could start nothing: the primary gets its channels back. */
export function undoSwitchover(draft: Draft, runId: string): void {
  const { record } = draft.server;
  if (record.takeoverRunId !== runId || !record.isTakenBySwitchover) return;
  if (record.state !== "live" || record.maintenance !== undefined) return;
  raiseTerm(draft);
  note(draft, "The switchover started no channel: the primary gets them back", undefined);
  const because = "The switchover started no channel on the backup";
  giveBack(draft, planRun(draft, { signal: "LIVE", reason: "failback", because }));
}

/** An operator's word that a target runs nothing. Counts while the gate waits for that target. */
export function confirmStopped(draft: Draft, said: { target: string; actor: Actor }): void {
  const { record, gate } = draft.server;
  const cannot = `Cannot confirm target "${said.target}" of server "${record.serverId}"`;
  if (!gateTargets(draft).includes(said.target)) {
    return refuse(draft, "UNKNOWN_TARGET", `${cannot}: its flow knows no such target`);
  }
  if (gate === undefined) {
    if (record.cleanTargets.includes(said.target)) return;
    return refuse(draft, "NOT_WAITING", `${cannot}: nothing waits for it now`);
  }
  note(draft, `Target ${said.target} is confirmed stopped by an operator`, said.actor);
  confirmTarget(draft, { target: said.target, term: record.term });
}

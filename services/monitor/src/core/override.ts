// Break glass as the monitor sees it (R10): a server or a target runs channels because an operator
// said so while no monitor answered. Its first contact with the monitor ends that; here is what it
// means, and whether the channels may run on until the lease comes.

import { type Draft, note } from "./draft.ts";
import { dirtyTarget, gateTargets, recallTarget } from "./gate.ts";
import { raiseForLease } from "./handover.ts";
import type { Heard } from "./heard.ts";
import type { Actor } from "./run-record.ts";
import type { Watched } from "./watched.ts";

/** Whether a heartbeat tells of an override that is news, and what is remembered of it. */
export function takeOverrideNews({ liveness }: Watched, heard: Heard): Actor | undefined {
  const known = liveness.override;
  const told = heard.lease === "override" ? heard.override : undefined;
  if (known?.name === told?.name && known?.reason === told?.reason) return undefined;
  liveness.override = told;
  return told;
}

/** What was to follow from the news could not be stored: the next heartbeat tells it again. */
export function forgetOverrideNews({ liveness }: Watched): void {
  liveness.override = undefined;
}

/**
 * A server is heard to run by an override. Where the channels are its own, it gets a lease under a
 * new term, after a gate: somebody may have broken the glass on a target too.
 */
export function noteOverride(draft: Draft, actor: Actor): void {
  note(draft, "Its channels were started by an override, without a lease", actor);
  raiseForLease(draft);
}

/**
 * Whether an override may run on until the lease comes. Only while the server is next to get it,
 * and no target may run anything: as soon as one may, the promise of one runner comes first. Only
 * in answer to a good heartbeat, like a lease, so that it is over before the server can be dead.
 */
export function mayRunOn({ settings, server, liveness }: Watched, heard: Heard): boolean {
  const { record } = server;
  const { state, assignment, cleanTargets } = record;
  if (heard.lease !== "override" || heard.holder !== record.holder) return false;
  const isGood = liveness.lastVerdict === "good" || liveness.lastVerdict === "lease_missing";
  if (!isGood || (state !== "live" && state !== "waiting")) return false;
  if (assignment === "backup" || record.switchover !== undefined) return false;
  if (record.hold !== undefined) return false;
  return gateTargets({ settings, server }).every((target) => cleanTargets.includes(target));
}

/**
 * A target is seen to run channels of the server by an override, although it should not: it is told
 * to stop them, and its own word is needed before it counts as stopped again. A lease that may not
 * have begun yet does not begin before that.
 */
export function stopOverridden(
  draft: Draft,
  seen: { readonly target: string; readonly isLeaseHeld: boolean },
): void {
  const { record } = draft.server;
  const { target } = seen;
  // With no term there is no order; with a switchover under way the next order is a start.
  if (record.assignment === "backup" || record.term === 0n) return;
  if (record.switchover !== undefined) return;
  if (record.cleanTargets.includes(target) || !record.startedTargets.includes(target)) {
    note(draft, `Target ${target} runs channels by an override: it has to stop them`, undefined);
    dirtyTarget(draft, target);
  }
  if (!seen.isLeaseHeld) raiseForLease(draft);
  recallTarget(draft, target);
  if (draft.server.gate?.term === draft.server.record.term) return;
  draft.effects.push({ kind: "ask_overridden", target, term: draft.server.record.term });
}

// A decision about the lease, and what it means for the channels of this server.

import { boundOverride, closeOverride, stopOverride } from "./break-glass.ts";
import { isRunning } from "./channel-state.ts";
import { decideLease, endLease, isSameRight, type Lease, type LeaseDecision } from "./lease.ts";
import { judgeOrder } from "./orders.ts";
import { isOwn, leaseKillMs } from "./permission.ts";
import type { Event, State, Step } from "./state.ts";
import { startByThemselves, stopOwn, withState } from "./tell.ts";
import { acceptOrder } from "./wish.ts";

type LeaseDecided = Extract<Event, { type: "lease_decided" }>;
type Decided = ReturnType<typeof decideLease>;

/** Follows a decision or says why not. Renewing a held lease costs one comparison and no store. */
export function decide(given: Step, event: LeaseDecided): Step {
  const { decision, monitorUntilMs = 0 } = event;
  const before =
    given.state.monitorUntilMs === monitorUntilMs ? given : withState(given, { monitorUntilMs });
  const { lease, refusedBecause } = judge(before.state, event);
  if (refusedBecause === "STALE_TERM") return { ...before, refusedBecause };
  // Any order that is not stale fences, whether or not its decision could be followed (R7).
  const fenced = "order" in decision ? acceptOrder(before, decision.order) : before;
  const leased = { ...withLease(fenced, lease), refusedBecause };
  const after = leased.state.overrides.size === 0 ? leased : settleOverride(leased, event);
  if (isSameRight(lease, before.state.lease)) return after === leased ? leased : moveKills(after);
  if (lease.state === "ended") {
    return stopOwn(after, { event, killByMs: killByMs(before.state, decision) });
  }
  return goOn(before.state, after, event);
}

// Whatever a monitor says ends an override (R10). A grant that cannot be kept now was one all the
// same: the next one takes the override's place, or nothing does.
function settleOverride(before: Step, event: LeaseDecided): Step {
  const { decision } = event;
  const { refusedBecause, state } = before;
  const { serverId } = state.settings;
  switch (decision.kind) {
    case "probe":
    case "cut":
      return before;
    case "withdraw":
      return stopOverride(before, serverId, { event, because: decision.because });
    case "contact": {
      if (refusedBecause !== undefined) return before;
      if (decision.deadlineMs !== undefined) {
        return boundOverride(before, event, decision.deadlineMs);
      }
      const because = "The monitor answered, and its lease is not on the way";
      return stopOverride(before, serverId, { event, because });
    }
    case "deadline": {
      if (refusedBecause === "OLD_STREAM" || refusedBecause === "STOPPING") return before;
      if (refusedBecause !== undefined) return boundOverride(before, event, decision.deadlineMs);
      const because = `The lease of term ${decision.order.term} took its place`;
      return closeOverride(before, serverId, { event, because });
    }
  }
}

function withLease(before: Step, lease: Lease): Step {
  return lease === before.state.lease ? before : withState(before, { lease });
}

function judge(state: State, { decision, streamSerial, bootMs }: LeaseDecided): Decided {
  const { lease, orders, settings } = state;
  const order = "order" in decision ? decision.order : undefined;
  const age = order === undefined ? "equal" : judgeOrder(order, orders.get(settings.serverId));
  const { stopBudgetMs } = settings;
  const context = { bootMs, stopBudgetMs, streamSerial, age };
  if (settings.protection === "none") return judgeUnprotected(lease, decision, age);
  const decided = decideLease(lease, decision, context);
  const isTaken = decided.refusedBecause === undefined && decided.lease.state === "held";
  if (decision.kind !== "deadline" || !state.isStopping || !isTaken) return decided;
  return { lease, refusedBecause: "STOPPING" };
}

// Without protection there is no deadline: channels run unless they were withdrawn, until a newer
// term allows them.
function judgeUnprotected(lease: Lease, decision: LeaseDecision, age: string): Decided {
  if (decision.kind === "probe" || decision.kind === "cut")
    return { lease, refusedBecause: undefined };
  if (age === "stale") return { lease, refusedBecause: "STALE_TERM" };
  if (decision.kind === "contact") return { lease, refusedBecause: undefined };
  if (decision.kind === "withdraw") {
    return { lease: endLease(lease, decision), refusedBecause: undefined };
  }
  if (lease.state !== "ended") return { lease, refusedBecause: undefined };
  if (decision.order.term <= lease.order.term) return { lease, refusedBecause: "LEASE_ENDED" };
  return { lease: { state: "none", newestSerial: lease.newestSerial }, refusedBecause: undefined };
}

// Withdrawn and late channels are killed by the deadline that they ran under, or by the nearer one
// of a cut.
function killByMs(state: State, decision: LeaseDecision): number | undefined {
  const standing = leaseKillMs(state);
  if (standing === undefined || decision.kind !== "cut") return standing;
  return Math.min(standing, decision.deadlineMs - state.settings.killMarginMs);
}

function goOn(before: State, after: Step, event: LeaseDecided): Step {
  const { lease } = after.state;
  const hadTerm = before.lease.state === "held" ? before.lease.order.term : undefined;
  const hasTerm = lease.state === "held" ? lease.order.term : undefined;
  const moved = moveKills(after);
  if (before.lease.state === lease.state && hadTerm === hasTerm) return moved;
  // A first lease of the term starts what is ACTIVE; what runs already takes the term over.
  const because = hasTerm === undefined ? "The server may run again" : `Lease of term ${hasTerm}`;
  return startByThemselves(moved, {
    event,
    because,
    which: (channel) => isOwn(after.state, channel),
  });
}

function moveKills(before: Step): Step {
  const killAtMs = leaseKillMs(before.state);
  if (killAtMs === undefined) return before;
  const effects = [...before.effects];
  for (const channel of before.state.channels.values()) {
    if (!isRunning(channel) || !isOwn(before.state, channel)) continue;
    const { run, definition } = channel;
    effects.push({ type: "move_kill", name: definition.name, run, killAtMs });
  }
  return { ...before, effects };
}

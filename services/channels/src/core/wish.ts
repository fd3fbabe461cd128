// Starts and stops: by the order of a monitor, which fences, or by the wish of an operator.

import { closeIdleOverrides, stopOverride, takeOverOverride } from "./break-glass.ts";
import { endLease } from "./lease.ts";
import { judgeOrder, type Order, resolveNames } from "./orders.ts";
import {
  leaseKillAtMs,
  leaseKillMs,
  refuseStart,
  standingOrder,
  standingOverride,
} from "./permission.ts";
import type { Event, State, Step, Verdict } from "./state.ts";
import { stopOwn, tell, withActivation, withState } from "./tell.ts";

type Of<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** Marks channels ACTIVE and starts them. A stale order changes nothing. */
export function start(before: Step, event: Of<"start_asked">): Step {
  const fenced = acceptOrder(before, event.order);
  if (fenced.refusedBecause !== undefined) return fenced;
  let after = event.order === undefined ? fenced : takeOverOverride(fenced, event.order, event);
  const verdicts: Verdict[] = [];
  const { channels } = before.state;
  for (const named of resolveNames(event.names, channels, event.order?.serverId)) {
    const channel = after.state.channels.get(named.name);
    const refusedBecause =
      named.refusedBecause ??
      (channel === undefined ? "UNKNOWN_CHANNEL" : refuseStart(after.state, channel, event.order));
    verdicts.push({ name: named.name, refusedBecause });
    if (channel === undefined || refusedBecause !== undefined) continue;
    after = withActivation(after, named.name, "active");
    const order = event.order ?? standingOrder(after.state, channel);
    const override = standingOverride(after.state, channel);
    const { because, traceparent } = event;
    const told = { type: "start_wanted", order, override, traceparent, because } as const;
    after = tell(after, named.name, { told, event });
  }
  return { ...after, verdicts };
}

/**
 * Stops channels. The term of an order is stored first; for this server's own it ends the lease
 * (R3). The wish of an operator leaves the lease as it is, or it would stop every other protected
 * channel too: what keeps a renewal from starting the channel again is that it is INACTIVE.
 */
export function stop(before: Step, event: Of<"stop_asked">): Step {
  const fenced = acceptOrder(before, event.order);
  if (fenced.refusedBecause !== undefined) return fenced;
  const isOwnOrder = event.order?.serverId === before.state.settings.serverId;
  const { because, traceparent } = event;
  let after = fenced;
  if (event.order !== undefined) {
    after = stopOverride(after, event.order.serverId, { event, because });
  }
  if (event.order !== undefined && isOwnOrder) {
    const lease = endLease(before.state.lease, { order: event.order, because });
    after = stopOwn(withState(after, { lease }), { event, killByMs: leaseKillMs(before.state) });
  }
  const verdicts = resolveNames(event.names, before.state.channels, event.order?.serverId);
  for (const { name, refusedBecause } of verdicts) {
    const channel = after.state.channels.get(name);
    if (channel === undefined || refusedBecause !== undefined) continue;
    // Own channels stay ACTIVE under an order: the next lease starts them again. All others rest
    // until asked.
    if (!isOwnOrder) after = withActivation(after, name, "inactive");
    const killByMs = leaseKillAtMs(before.state, channel);
    const told = { type: "stop_wanted", because, killByMs, traceparent, then: "rest" } as const;
    after = tell(after, name, { told, event });
  }
  return { ...closeIdleOverrides(after, { event, because }), verdicts };
}

/**
 * Most servers whose orders are remembered: as many as one monitor watches. Beyond it only those
 * count that protect a channel here: for others there is nothing to fence. How far a term leaps is
 * not judged: a monitor that learned of a leap elsewhere must go above it (R7), and would be
 * refused here for ever.
 */
export const orderedServersMax = 10_000;

/** Remembers a newer order; refuses a stale one. */
export function acceptOrder(before: Step, order: Order | undefined): Step {
  if (order === undefined) return before;
  const { orders } = before.state;
  switch (judgeOrder(order, orders.get(order.serverId))) {
    case "stale":
      return { ...before, refusedBecause: "STALE_TERM" };
    case "equal":
      return before;
    case "newer":
      if (!hasRoom(before.state, order.serverId)) {
        return { ...before, refusedBecause: "TOO_MANY_SERVERS" };
      }
      return withState(before, { orders: new Map(orders).set(order.serverId, order) });
  }
}

function hasRoom({ orders, channels, settings }: State, serverId: string): boolean {
  if (orders.size < orderedServersMax || orders.has(serverId)) return true;
  if (serverId === settings.serverId) return true;
  return [...channels.values()].some(({ definition }) => definition.protectedBy === serverId);
}

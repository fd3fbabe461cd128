// Who may run a channel now: the rules that keep two servers from running the same one.

import type { Channel } from "./channel-state.ts";
import { stopsAtMs } from "./lease.ts";
import type { Order } from "./orders.ts";
import type { Override, OverrideRecord } from "./override.ts";
import type { ChannelRefusal, OverrideRefusal, State } from "./state.ts";

/** Whether the channel is a protected one of this very server. */
export function isOwn(state: State, channel: Channel): boolean {
  return channel.definition.protectedBy === state.settings.serverId;
}

/**
 * The instant since boot at which the lease has the channel killed; undefined when it runs under
 * none.
 */
export function leaseKillAtMs(state: State, channel: Channel): number | undefined {
  if (state.settings.protection !== "lease" || !isOwn(state, channel)) return undefined;
  return leaseKillMs(state);
}

/** The same for any protected channel of this server. An override that was answered counts too. */
export function leaseKillMs(state: State): number | undefined {
  const { lease, settings } = state;
  const deadlineMs = lease.state === "held" ? lease.deadlineMs : ownOverride(state)?.deadlineMs;
  return deadlineMs === undefined ? undefined : deadlineMs - settings.killMarginMs;
}

/** The override of this very server. */
export function ownOverride(state: State): Override | undefined {
  return state.overrides.get(state.settings.serverId);
}

/** When what must be gone by a deadline has to begin to stop. */
export function endsAtMs(state: State, deadlineMs: number): number {
  return stopsAtMs(deadlineMs, state.settings.stopBudgetMs);
}

/**
 * Why the glass must not be broken for a server: a monitor is known to answer, or nobody needs to.
 * What this service cannot know, the operator has to.
 */
export function refuseOverride(
  state: State,
  serverId: string,
  bootMs: number,
): OverrideRefusal | undefined {
  const { settings, lease, monitorUntilMs, monitorWatches, overrides } = state;
  if (serverId === settings.serverId) {
    if (settings.protection === "none") return "OVERRIDE_NOT_NEEDED";
    if (lease.state === "held" || bootMs < monitorUntilMs) return "MONITOR_ANSWERS";
  }
  const isAnswered = overrides.get(serverId)?.deadlineMs !== undefined;
  return isAnswered || monitorWatches.has(serverId) ? "MONITOR_ANSWERS" : undefined;
}

/** Why a channel must not be started on a wish, or undefined when it may be. */
export function refuseStart(
  state: State,
  channel: Channel,
  order: Order | undefined,
): ChannelRefusal | undefined {
  if (state.isStopping) return "STOPPING";
  if (channel.afterStop === "leave") return "UNKNOWN_CHANNEL";
  if (channel.definition.protectedBy === undefined) return undefined;
  if (!isOwn(state, channel)) return order === undefined ? "ORDER_REQUIRED" : undefined;
  if (state.settings.protection === undefined) return "PROTECTION_UNKNOWN";
  if (state.settings.protection === "none") return undefined;
  if (state.lease.state !== "held") return "LEASE_REQUIRED";
  const isOtherTerm = order !== undefined && order.term !== state.lease.order.term;
  return isOtherTerm ? "LEASE_REQUIRED" : undefined;
}

/**
 * Whether an ACTIVE channel starts by itself, without anybody's wish. Borrowed ones never do
 * (hazard 11).
 */
export function startsByItself(state: State, channel: Channel): boolean {
  if (channel.activation !== "active" || state.isStopping) return false;
  if (channel.definition.protectedBy === undefined) return true;
  if (!isOwn(state, channel) || state.settings.protection === undefined) return false;
  if (state.settings.protection === "none") return state.lease.state !== "ended";
  return state.lease.state === "held" || ownOverride(state) !== undefined;
}

/** The order that a start of the channel goes under when nobody gave one. */
export function standingOrder(state: State, channel: Channel): Order | undefined {
  if (!isOwn(state, channel)) return undefined;
  return state.lease.state === "held" ? state.lease.order : ownOverride(state)?.record.order;
}

/** The override that such a start goes by. */
export function standingOverride(state: State, channel: Channel): OverrideRecord | undefined {
  const isNeeded = isOwn(state, channel) && state.lease.state !== "held";
  return isNeeded ? ownOverride(state)?.record : undefined;
}

// Who may run a channel now: the rules that keep two servers from running the same one.

import type { Channel } from "./channel-state.ts";
import type { Order } from "./orders.ts";
import type { ChannelRefusal, State } from "./state.ts";

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

/** The same for any protected channel of this server. */
export function leaseKillMs(state: State): number | undefined {
  if (state.lease.state !== "held") return undefined;
  return state.lease.deadlineMs - state.settings.killMarginMs;
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
  return state.lease.state === "held";
}

/** The order that a start of the channel goes under when nobody gave one. */
export function standingOrder(state: State, channel: Channel): Order | undefined {
  return isOwn(state, channel) && state.lease.state === "held" ? state.lease.order : undefined;
}

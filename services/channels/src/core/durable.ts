// What of the state must survive a crash, and what of it a step has changed.

import { type Activation, type Channel, restingChannel } from "./channel-state.ts";
import type { Definition } from "./definition.ts";
import { initialLease } from "./lease.ts";
import type { Order } from "./orders.ts";
import type { Settings, State } from "./state.ts";

/** A channel as it is kept. Its activity is not: after a restart nothing runs. */
export interface KeptChannel {
  readonly definition: Definition;
  readonly digest: string;
  readonly activation: Activation;
  /**
   * Newest order that wanted it started. Which one its program had is not kept: that is gone, and
   * what only time brings about, a restart, must need no store.
   */
  readonly order: Order | undefined;
}

/** Everything that is kept. */
export interface Kept {
  readonly orders: readonly Order[];
  /** The newest order under which a lease was held or barred. */
  readonly leaseOrder: Order | undefined;
  readonly channels: readonly KeptChannel[];
}

/** What a step has changed; stored as one. */
export interface Change extends Kept {
  readonly forgotten: readonly string[];
}

/** The state that a new life of the service begins with: nothing runs, every lease is over. */
export function restore(kept: Kept, settings: Settings, wallMs: number): State {
  const isLeased = settings.protection !== "none";
  return {
    settings,
    orders: new Map(kept.orders.map((order) => [order.serverId, order])),
    lease: initialLease(isLeased ? kept.leaseOrder : undefined),
    channels: new Map(
      kept.channels.map((each) => [each.definition.name, restingChannel(each, wallMs)]),
    ),
    isStopping: false,
  };
}

/**
 * What has to be stored before the effects of a step may be performed; undefined when nothing has.
 */
export function changeBetween(before: State, after: State): Change | undefined {
  const orders =
    before.orders === after.orders
      ? []
      : [...after.orders.values()].filter((each) => before.orders.get(each.serverId) !== each);
  const leaseOrder = leaseOrderOf(after);
  const isLeaseNew = leaseOrder !== undefined && leaseOrder !== leaseOrderOf(before);
  const channels: KeptChannel[] = [];
  const forgotten: string[] = [];
  if (before.channels !== after.channels) {
    for (const [name, channel] of after.channels) {
      if (isKeptDifferently(before.channels.get(name), channel)) channels.push(channel);
    }
    for (const name of before.channels.keys()) if (!after.channels.has(name)) forgotten.push(name);
  }
  const isNothing = orders.length + channels.length + forgotten.length === 0 && !isLeaseNew;
  if (isNothing) return undefined;
  return { orders, leaseOrder: isLeaseNew ? leaseOrder : undefined, channels, forgotten };
}

function leaseOrderOf(state: State): Order | undefined {
  return state.lease.state === "none" ? undefined : state.lease.order;
}

function isKeptDifferently(before: Channel | undefined, after: Channel): boolean {
  return (
    before?.definition !== after.definition ||
    before.activation !== after.activation ||
    before.order !== after.order
  );
}

// What of the state must survive a crash, and what of it a step has changed.

import { type Activation, type Channel, restingChannel } from "./channel-state.ts";
import type { Definition } from "./definition.ts";
import { initialLease } from "./lease.ts";
import type { Order } from "./orders.ts";
import type { OverrideRecord } from "./override.ts";
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
  /** Newest first. */
  readonly overrides: readonly OverrideRecord[];
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
    // None outlives the service: what its operator saw may be over (hazard 11).
    overrides: new Map(),
    overrideHistory: kept.overrides,
    monitorUntilMs: 0,
    monitorWatches: new Map(),
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
  const overrides = overridesBetween(before, after).filter((each) => isBegun(before, each));
  const count = orders.length + channels.length + forgotten.length + overrides.length;
  if (count === 0 && !isLeaseNew) return undefined;
  return {
    orders,
    leaseOrder: isLeaseNew ? leaseOrder : undefined,
    channels,
    forgotten,
    overrides,
  };
}

/**
 * Overrides that a step has ended. Nothing waits for them to be stored: to stop must need no store,
 * and one that is still open at the next start ends then.
 */
export function endingsBetween(before: State, after: State): readonly OverrideRecord[] {
  return overridesBetween(before, after).filter((each) => !isBegun(before, each));
}

function overridesBetween(before: State, after: State): readonly OverrideRecord[] {
  const known = before.overrideHistory;
  if (known === after.overrideHistory) return [];
  return after.overrideHistory.filter((each) => !known.includes(each));
}

function isBegun(before: State, record: OverrideRecord): boolean {
  return record.number > (before.overrideHistory[0]?.number ?? 0);
}

function leaseOrderOf(state: State): Order | undefined {
  return state.lease.state === "none" ? undefined : state.lease.order;
}

function isKeptDifferently(before: Channel | undefined, after: Channel): boolean {
  return (
    before?.definition !== after.definition ||
    before.digest !== after.digest ||
    before.activation !== after.activation ||
    before.order !== after.order
  );
}

// What breaking the glass does to the channels (R10), and what ends it: the next contact with the
// monitor. Invariant: an override begins durably, and its end never waits for the store.

import { type Channel, isResting } from "./channel-state.ts";
import { resolveNames, type Order } from "./orders.ts";
import { addRecord, endRecord, type Override } from "./override.ts";
import { endsAtMs, isOwn, leaseKillMs, ownOverride, refuseOverride } from "./permission.ts";
import type { ChannelRefusal, Event, State, Step, Verdict } from "./state.ts";
import { tell, withActivation, withChannel, withState } from "./tell.ts";

/** How an override ends. */
interface End {
  readonly event: Event;
  readonly because: string;
}

/** Starts protected channels without a lease or an order. A refused override changes nothing. */
export function breakGlass(before: Step, event: Extract<Event, { type: "override_asked" }>): Step {
  const { serverId, actor, names, wallMs: sinceWallMs } = event;
  const { state } = before;
  const refusedBecause = refuseOverride(state, serverId, event.bootMs);
  if (refusedBecause !== undefined) return { ...before, refusedBecause };
  const verdicts: Verdict[] = resolveNames(names, state.channels, serverId).map((named) => ({
    name: named.name,
    refusedBecause: named.refusedBecause ?? refuse(state, named.name),
  }));
  const startable = verdicts.filter((each) => each.refusedBecause === undefined);
  if (startable.length === 0) return { ...before, verdicts };
  const because = "A further override took its place";
  const cleared = closeOverride(before, serverId, { event, because });
  const order = state.orders.get(serverId);
  const begun = { serverId, names, actor, order, sinceWallMs };
  const { history, record } = addRecord(cleared.state.overrideHistory, begun);
  const overrides = new Map(cleared.state.overrides);
  overrides.set(serverId, { record, deadlineMs: undefined });
  let after = withState(cleared, { overrides, overrideHistory: history });
  for (const { name } of startable) {
    after = withActivation(after, name, "active");
    const told = { type: "start_wanted", order, override: record, because: event.because } as const;
    after = tell(after, name, { told, event });
  }
  return { ...after, verdicts };
}

function refuse(state: State, name: string): ChannelRefusal | undefined {
  const channel = state.channels.get(name);
  if (channel === undefined || channel.afterStop === "leave") return "UNKNOWN_CHANNEL";
  if (state.isStopping) return "STOPPING";
  const isUndecided = isOwn(state, channel) && state.settings.protection === undefined;
  return isUndecided ? "PROTECTION_UNKNOWN" : undefined;
}

/** Ends an override without touching what runs: something else allows it now, or it rests. */
export function closeOverride(before: Step, serverId: string, { event, because }: End): Step {
  const { overrides, overrideHistory } = before.state;
  const override = overrides.get(serverId);
  if (override === undefined) return before;
  const left = new Map(overrides);
  left.delete(serverId);
  const end = { wallMs: event.wallMs, because };
  const history = endRecord(overrideHistory, override.record.number, end);
  return withState(before, { overrides: left, overrideHistory: history });
}

/** Ends an override and stops at once what runs by it. */
export function stopOverride(before: Step, serverId: string, end: End): Step {
  if (!before.state.overrides.has(serverId)) return before;
  const { settings } = before.state;
  const { event, because } = end;
  const isHome = serverId === settings.serverId;
  // As long as a channel gets that loses its lease, and no longer: the other side may run already.
  const usualMs = event.bootMs + settings.stopBudgetMs - settings.killMarginMs;
  const killByMs = isHome ? Math.min(usualMs, leaseKillMs(before.state) ?? usualMs) : undefined;
  let after = closeOverride(before, serverId, end);
  for (const channel of overridden(before.state, serverId)) {
    const { name } = channel.definition;
    if (isResting(channel)) {
      after = withChannel(after, { ...channel, override: undefined });
    } else {
      const told = { type: "stop_wanted", because, killByMs, then: "rest" } as const;
      after = tell(after, name, { told, event });
    }
  }
  return after;
}

/** An order of the monitor to start what is borrowed takes over what an override runs. */
export function takeOverOverride(before: Step, order: Order, event: Event): Step {
  const { serverId, term } = order;
  const because = `The monitor ordered a start under term ${term}`;
  const end = { event, because };
  if (serverId === before.state.settings.serverId) return stopOverride(before, serverId, end);
  let after = closeOverride(before, serverId, end);
  if (after === before) return before;
  for (const channel of overridden(before.state, serverId)) {
    const told = { type: "start_wanted", order, override: undefined, because } as const;
    after = isResting(channel)
      ? withChannel(after, { ...channel, override: undefined })
      : tell(after, channel.definition.name, { told, event });
  }
  return after;
}

/** Servers whose overrides a step has ended. */
export function endedOverrides(before: State, after: State): readonly string[] {
  return [...before.overrides].flatMap(([serverId, was]) => {
    const is = after.overrides.get(serverId);
    const isBound = was.deadlineMs === undefined && is?.deadlineMs !== undefined;
    return is === undefined || isBound ? [serverId] : [];
  });
}

/** Ends overrides by which nothing runs any more: the operator has stopped what they started. */
export function closeIdleOverrides(before: Step, end: End): Step {
  let after = before;
  for (const serverId of before.state.overrides.keys()) {
    const isIdle = overridden(before.state, serverId).length === 0;
    if (isIdle) after = closeOverride(after, serverId, end);
  }
  return after;
}

/**
 * The monitor has answered, and the lease is on its way: the override of this server has ended, but
 * what runs by it may run until then.
 */
export function boundOverride(before: Step, event: Event, deadlineMs: number): Step {
  const override = ownOverride(before.state);
  if (override === undefined) return before;
  const { overrides, overrideHistory, settings } = before.state;
  const end = { wallMs: event.wallMs, because: "The monitor answered: its lease is on the way" };
  const bound: Override = {
    record: override.record,
    deadlineMs: Math.max(deadlineMs, override.deadlineMs ?? 0),
  };
  const after = withState(before, {
    overrides: new Map(overrides).set(settings.serverId, bound),
    overrideHistory:
      override.deadlineMs === undefined
        ? endRecord(overrideHistory, override.record.number, end)
        : overrideHistory,
  });
  return passOverrideTime(after, event);
}

/** Ends the override of this server when the stop budget before its deadline begins. */
export function passOverrideTime(before: Step, event: Event): Step {
  const { state } = before;
  const deadlineMs = ownOverride(state)?.deadlineMs;
  if (deadlineMs === undefined || event.bootMs < endsAtMs(state, deadlineMs)) return before;
  const because = "The monitor answered, and no lease came in time";
  return stopOverride(before, state.settings.serverId, { event, because });
}

/** What an earlier life left in force ended with it: its operator saw another world (R10). */
export function closeEarlierOverrides(before: Step, event: Event): Step {
  const end = { wallMs: event.wallMs, because: "The channels service was restarted" };
  let { overrideHistory } = before.state;
  for (const { number, endedWallMs } of before.state.overrideHistory) {
    if (endedWallMs === undefined) overrideHistory = endRecord(overrideHistory, number, end);
  }
  const isSame = overrideHistory === before.state.overrideHistory;
  return isSame ? before : withState(before, { overrideHistory });
}

function overridden(state: State, serverId: string): readonly Channel[] {
  return [...state.channels.values()].filter(
    ({ override, definition }) => override !== undefined && definition.protectedBy === serverId,
  );
}

// Passes an event on to channels and gathers what they want done. The parts that steps are made of.

import { stepChannel } from "./channel.ts";
import { type Activation, type Channel, type ChannelEvent, isResting } from "./channel-state.ts";
import {
  isOwn,
  leaseKillAtMs,
  standingOrder,
  standingOverride,
  startsByItself,
} from "./permission.ts";
import type { Event, State, Step } from "./state.ts";

/** A step that changes nothing. */
export function unchanged(state: State): Step {
  return { state, effects: [], refusedBecause: undefined, verdicts: [] };
}

/** The same step with another state. */
export function withState(before: Step, change: Partial<State>): Step {
  return { ...before, state: { ...before.state, ...change } };
}

/** The same step with one channel replaced or added. */
export function withChannel(before: Step, channel: Channel): Step {
  const { channels } = before.state;
  if (channels.get(channel.definition.name) === channel) return before;
  return withState(before, { channels: new Map(channels).set(channel.definition.name, channel) });
}

/** The same step with one channel meant to run here, or not. */
export function withActivation(before: Step, name: string, activation: Activation): Step {
  const channel = before.state.channels.get(name);
  if (channel === undefined || channel.activation === activation) return before;
  return withChannel(before, { ...channel, activation });
}

interface Told {
  readonly told: ChannelEvent;
  readonly event: Event;
}

/** Tells one channel what happened to it. An unknown name changes nothing. */
export function tell(before: Step, name: string, { told, event }: Told): Step {
  const { state } = before;
  const channel = state.channels.get(name);
  if (channel === undefined) return before;
  const now = {
    bootMs: event.bootMs,
    wallMs: event.wallMs,
    leaseKillAtMs: leaseKillAtMs(state, channel),
  };
  const after = stepChannel(channel, told, now);
  return {
    ...withChannel(before, after.channel),
    effects: after.effects.length === 0 ? before.effects : [...before.effects, ...after.effects],
  };
}

/** Forgets a channel that was undeployed, once no process of it is left. */
export function forgetGone(before: Step, name: string): Step {
  const channel = before.state.channels.get(name);
  if (channel?.activity !== "stopped" || channel.afterStop !== "leave") return before;
  const channels = new Map(before.state.channels);
  channels.delete(name);
  return withState(before, { channels });
}

/** Starts the ACTIVE channels among `which` that need nobody's wish. */
export function startByThemselves(
  before: Step,
  how: { event: Event; because: string; which: (channel: Channel) => boolean },
): Step {
  let after = before;
  for (const channel of before.state.channels.values()) {
    if (!how.which(channel) || !startsByItself(after.state, channel)) continue;
    const order = standingOrder(after.state, channel);
    const override = standingOverride(after.state, channel);
    const told: ChannelEvent = { type: "start_wanted", order, override, because: how.because };
    after = tell(after, channel.definition.name, { told, event: how.event });
  }
  return after;
}

/** Stops every protected channel of this server, because its lease is over. */
export function stopOwn(before: Step, how: { event: Event; killByMs: number | undefined }): Step {
  const { lease } = before.state;
  const because = lease.state === "ended" ? lease.because : "The lease has ended";
  const told: ChannelEvent = { type: "stop_wanted", because, killByMs: how.killByMs, then: "rest" };
  let after = before;
  for (const channel of before.state.channels.values()) {
    // One that rests or FAILED has no process left, and its failure shall stay visible.
    if (isResting(channel) || !isOwn(before.state, channel)) continue;
    after = tell(after, channel.definition.name, { told, event: how.event });
  }
  return after;
}

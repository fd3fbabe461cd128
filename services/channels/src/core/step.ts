// The channels service as a function: step(state, event) -> { state, effects }. The lease and all
// channels of one server; no clock, no I/O. The caller makes what changed durable before it
// performs the effects.

import {
  breakGlass,
  closeEarlierOverrides,
  closeOverride,
  passOverrideTime,
  stopOverride,
} from "./break-glass.ts";
import { isResting } from "./channel-state.ts";
import { decide } from "./decide.ts";
import { deploy, undeploy } from "./deploy.ts";
import { endLease, leaseEndsAtMs, passTime } from "./lease.ts";
import { endsAtMs, isOwn, leaseKillAtMs, leaseKillMs, ownOverride } from "./permission.ts";
import type { Event, State, Step } from "./state.ts";
import { forgetGone, startByThemselves, stopOwn, tell, unchanged, withState } from "./tell.ts";
import { start, stop } from "./wish.ts";

/**
 * Steps the service. Time passes first: a lease that is over takes no part in what the event
 * decides.
 */
export function step(state: State, event: Event): Step {
  const timely = letTimePass(unchanged(state), event);
  switch (event.type) {
    case "time_passed":
      return timely;
    case "earlier_life_cleared":
      return startByThemselves(closeEarlierOverrides(timely, event), {
        event,
        because: "The service started",
        which: () => true,
      });
    case "channel_deployed":
      return deploy(timely, event);
    case "channel_undeployed":
      return undeploy(timely, event);
    case "start_asked":
      return start(timely, event);
    case "stop_asked":
      return stop(timely, event);
    case "lease_decided":
      return decide(timely, event);
    case "override_asked":
      return breakGlass(timely, event);
    case "override_cut":
      return stopOverride(timely, event.serverId, { event, because: event.because });
    case "monitor_watch_changed":
      return noteWatch(timely, event);
    case "run_reported":
      return forgetGone(tell(timely, event.name, { told: event.report, event }), event.name);
    case "service_stop_asked":
      return stopEverything(timely, event);
  }
}

/**
 * The instant since boot at which `time_passed` must come at the latest; undefined when nothing is
 * due.
 */
export function nextWakeMs(state: State): number | undefined {
  let wakeMs = leaseEndsAtMs(state.lease, state.settings.stopBudgetMs);
  const overriddenMs = ownOverride(state)?.deadlineMs;
  if (overriddenMs !== undefined) wakeMs = endsAtMs(state, overriddenMs);
  for (const channel of state.channels.values()) {
    if (channel.activity !== "restarting") continue;
    wakeMs = Math.min(wakeMs ?? Infinity, channel.restartAtMs);
  }
  return wakeMs;
}

function letTimePass(before: Step, event: Event): Step {
  const { lease, settings } = before.state;
  const { bootMs } = event;
  const later = passTime(lease, { bootMs, stopBudgetMs: settings.stopBudgetMs });
  let after = passOverrideTime(before, event);
  if (later !== lease) {
    const killByMs = leaseKillMs(before.state);
    after = stopOwn(withState(after, { lease: later }), { event, killByMs });
  }
  for (const channel of before.state.channels.values()) {
    if (channel.activity !== "restarting") continue;
    after = tell(after, channel.definition.name, { told: { type: "restart_due" }, event });
  }
  return after;
}

function stopEverything(before: Step, event: Event): Step {
  const { lease } = before.state;
  const because = "The channels service stops";
  let after = withState(before, { isStopping: true });
  for (const serverId of before.state.overrides.keys()) {
    after = closeOverride(after, serverId, { event, because });
  }
  if (lease.state === "held") {
    after = withState(after, { lease: endLease(lease, { order: lease.order, because }) });
  }
  for (const channel of before.state.channels.values()) {
    if (isResting(channel)) continue;
    const killByMs = isOwn(before.state, channel)
      ? leaseKillAtMs(before.state, channel)
      : undefined;
    const told = { type: "stop_wanted", because, killByMs, then: "rest" } as const;
    after = tell(after, channel.definition.name, { told, event });
  }
  return after;
}

// A monitor that watches the channels here answers; of a closed watch nobody knows that.
function noteWatch(before: Step, event: Extract<Event, { type: "monitor_watch_changed" }>): Step {
  const monitorWatches = new Map(before.state.monitorWatches);
  for (const serverId of event.serverIds) {
    const count = (monitorWatches.get(serverId) ?? 0) + (event.isOpen ? 1 : -1);
    if (count > 0) monitorWatches.set(serverId, count);
    else monitorWatches.delete(serverId);
  }
  return withState(before, { monitorWatches });
}

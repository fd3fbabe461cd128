// The channels service as a function: step(state, event) -> { state, effects }. The lease and all
// channels of one server; no clock, no I/O. The caller makes what changed durable before it
// performs the effects.

import { isResting } from "./channel-state.ts";
import { decide } from "./decide.ts";
import { deploy, undeploy } from "./deploy.ts";
import { endLease, leaseEndsAtMs, passTime } from "./lease.ts";
import { isOwn, leaseKillAtMs, leaseKillMs } from "./permission.ts";
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
      return startByThemselves(timely, {
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
  let after = before;
  if (later !== lease) {
    const killByMs = leaseKillMs(before.state);
    after = stopOwn(withState(before, { lease: later }), { event, killByMs });
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

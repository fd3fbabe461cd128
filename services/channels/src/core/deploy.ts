// Deploying and undeploying: a definition changes while the channel that it describes may be
// running.

import { type Channel, isResting, restingChannel } from "./channel-state.ts";
import { bounds, type Definition, isSameDefinition } from "./definition.ts";
import { leaseKillAtMs, standingOrder, standingOverride, startsByItself } from "./permission.ts";
import type { DeployRefusal, Event, State, Step } from "./state.ts";
import { forgetGone, tell, withChannel } from "./tell.ts";

type Of<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/**
 * Stores a definition and its activation. An equal one changes nothing; a changed one restarts what
 * runs. A refused one changes nothing.
 */
export function deploy(before: Step, event: Of<"channel_deployed">): Step {
  const refusedBecause = refuse(before.state, event);
  if (refusedBecause !== undefined) return { ...before, refusedBecause };
  const { definition, activation } = event;
  const known = before.state.channels.get(definition.name);
  const isProtectedAlike = known?.definition.protectedBy === definition.protectedBy;
  // Not by the digest: that of a file is the same wherever the file lies, and so is not the folder.
  const isSame = known !== undefined && isSameDefinition(known.definition, definition);
  const digest = isSame ? known.digest : event.digest;
  if (isSame && known.activation === activation && known.afterStop !== "leave") return before;
  if (known === undefined) {
    const channel = restingChannel(
      { definition, digest, activation, order: undefined },
      event.wallMs,
    );
    return startIfItMay(withChannel(before, channel), event);
  }
  const orders = isProtectedAlike ? {} : { order: undefined, runOrder: undefined };
  const afterStop = known.afterStop === "leave" ? "rest" : known.afterStop;
  const channel = { ...known, definition, digest, activation, afterStop, ...orders };
  const after = withChannel(before, channel);
  const goesOn = mayGoOn(after.state, channel);
  // On its way to rest it is wanted again.
  if (isSame && goesOn) return known.activity === "stopping" ? startIfItMay(after, event) : after;
  const told = {
    type: "stop_wanted",
    because: "Its definition or activation has changed",
    killByMs: leaseKillAtMs(before.state, known),
    then: goesOn ? "start" : "rest",
  } as const;
  if (!isResting(known)) {
    const stopped = tell(after, definition.name, { told, event });
    return goesOn ? startIfItRests(stopped, event) : stopped;
  }
  return startIfItMay(after, event);
}

/** The same state with the digest of a channel set right, if it has just this definition. */
export function withDigest(
  state: State,
  { definition, digest }: { definition: Definition; digest: string },
): State {
  const channel = state.channels.get(definition.name);
  if (channel === undefined || channel.digest === digest) return state;
  if (!isSameDefinition(channel.definition, definition)) return state;
  const channels = new Map(state.channels).set(definition.name, { ...channel, digest });
  return { ...state, channels };
}

/** Stops a channel and forgets it once no process of it is left. */
export function undeploy(before: Step, event: Of<"channel_undeployed">): Step {
  const channel = before.state.channels.get(event.name);
  if (channel === undefined) return before;
  const killByMs = leaseKillAtMs(before.state, channel);
  const because = "It was undeployed";
  const told = { type: "stop_wanted", because, killByMs, then: "leave" } as const;
  return forgetGone(tell(before, event.name, { told, event }), event.name);
}

// While it runs a channel belongs to the server that it was started for: were it given to another
// one, or to none, the orders of the first would not find what they have to stop (5.5).
function refuse(state: State, event: Of<"channel_deployed">): DeployRefusal | undefined {
  const { name, protectedBy } = event.definition;
  const known = state.channels.get(name);
  const isRegiven = known !== undefined && known.definition.protectedBy !== protectedBy;
  if (isRegiven && !isResting(known)) return "CHANNEL_RUNS";
  if (known === undefined && state.channels.size >= bounds.channelsMax) return "TOO_MANY_CHANNELS";
  const isOwn = protectedBy === state.settings.serverId;
  const isWanted = isOwn && event.activation === "active";
  return isWanted && state.settings.protection === undefined ? "PROTECTION_UNKNOWN" : undefined;
}

// Whether what runs now may run on: by itself, or a borrowed channel under the order that started
// it.
function mayGoOn(state: State, channel: Channel): boolean {
  if (startsByItself(state, channel)) return !isResting(channel);
  const isBorrowed =
    channel.definition.protectedBy !== undefined &&
    channel.definition.protectedBy !== state.settings.serverId;
  const wantsToRun =
    !isResting(channel) && !(channel.activity === "stopping" && channel.afterStop === "rest");
  const isAllowed = channel.order !== undefined || channel.override !== undefined;
  return isBorrowed && channel.activation === "active" && isAllowed && wantsToRun;
}

function startIfItMay(before: Step, event: Of<"channel_deployed">): Step {
  const channel = before.state.channels.get(event.definition.name);
  if (channel === undefined || !startsByItself(before.state, channel)) return before;
  const order = standingOrder(before.state, channel);
  const override = standingOverride(before.state, channel);
  const told = { type: "start_wanted", order, override, because: "It was deployed" } as const;
  return tell(before, event.definition.name, { told, event });
}

// A channel that waited for its restart has nothing to stop: it starts at once, under the order it
// had.
function startIfItRests(before: Step, event: Of<"channel_deployed">): Step {
  const channel = before.state.channels.get(event.definition.name);
  if (channel?.activity !== "stopped") return before;
  const { order, override, traceparent } = channel;
  const because = "It was deployed";
  const told = { type: "start_wanted", order, override, traceparent, because } as const;
  return tell(before, event.definition.name, { told, event });
}

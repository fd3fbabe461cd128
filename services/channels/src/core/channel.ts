// The life of one channel as a step function over a table of transitions. It decides nothing about
// leases and orders: whoever wants a start or a stop has checked that it may be.

import type {
  Activity,
  Channel,
  ChannelEffect,
  ChannelEvent,
  ChannelInstant,
  Instant,
  Loss,
} from "./channel-state.ts";

export interface ChannelStep {
  readonly channel: Channel;
  readonly effects: readonly ChannelEffect[];
}

interface Transition {
  readonly from: readonly Activity[];
  readonly on: ChannelEvent["type"];
  readonly when?: (channel: Channel, now: Instant) => boolean;
  readonly to: Activity;
  /** Why, for people; undefined where the event says it better. */
  readonly because?: string;
}

/** The first row that fits counts. An event without a row changes nothing. */
const transitions: readonly Transition[] = [
  { from: ["stopped", "restarting", "failed"], on: "start_wanted", to: "starting" },
  { from: ["starting"], on: "start_wanted", to: "starting" },
  { from: ["started"], on: "start_wanted", to: "started" },
  { from: ["stopping"], on: "start_wanted", to: "stopping" },

  { from: ["starting"], on: "program_running", to: "starting" },
  { from: ["starting"], on: "channel_ready", to: "started", because: "It is ready" },
  { from: ["starting"], on: "readiness_failed", to: "stopping" },

  { from: ["starting", "started"], on: "program_gone", when: mayRetry, to: "restarting" },
  { from: ["starting", "started"], on: "program_gone", to: "failed" },
  {
    from: ["restarting"],
    on: "restart_due",
    when: (channel, now) => now.bootMs >= channel.restartAtMs,
    to: "starting",
    because: "Its pause after a failure is over",
  },

  { from: ["stopped", "restarting", "failed"], on: "stop_wanted", to: "stopped" },
  { from: ["starting", "started", "stopping"], on: "stop_wanted", to: "stopping" },
  { from: ["stopping"], on: "program_gone", when: then("start"), to: "starting" },
  {
    from: ["stopping"],
    on: "program_gone",
    when: (channel) => channel.afterStop === "retry" && hasAttempts(channel),
    to: "restarting",
  },
  { from: ["stopping"], on: "program_gone", when: then("retry"), to: "failed" },
  { from: ["stopping"], on: "program_gone", to: "stopped" },
];

/** Steps one channel. */
export function stepChannel(
  channel: Channel,
  event: ChannelEvent,
  now: ChannelInstant,
): ChannelStep {
  if ("run" in event && event.run !== channel.run) return { channel, effects: [] };
  const row = transitions.find(
    (each) =>
      each.on === event.type &&
      each.from.includes(channel.activity) &&
      (each.when?.(channel, now) ?? true),
  );
  if (row === undefined) return { channel, effects: [] };
  const step = take(channel, event, { row, now });
  const hasMoved = step.channel.activity !== channel.activity || step.channel.run !== channel.run;
  return hasMoved ? { ...step, channel: { ...step.channel, changedAtMs: now.wallMs } } : step;
}

interface Taken {
  readonly row: Transition;
  readonly now: ChannelInstant;
}

function take(channel: Channel, event: ChannelEvent, { row, now }: Taken): ChannelStep {
  switch (event.type) {
    case "start_wanted": {
      const wanted = {
        ...channel,
        order: event.order,
        override: event.override,
        traceparent: event.traceparent,
        failures: 0,
        restarts: 0,
        starts: channel.starts + 1,
      };
      if (row.to === "starting" && channel.activity !== "starting") {
        return launch({ ...wanted, because: event.because }, now);
      }
      const afterStop = row.to === "stopping" ? "start" : channel.afterStop;
      return { channel: { ...wanted, afterStop }, effects: [] };
    }
    case "stop_wanted":
      return stop(channel, event, { row, now });
    case "program_running":
      return { channel: { ...channel, pid: event.pid }, effects: [] };
    case "channel_ready": {
      const because = row.because ?? "";
      const started = { ...channel, activity: row.to, because, startedAtMs: now.bootMs };
      return { channel: started, effects: [] };
    }
    case "readiness_failed":
      return stopRun(
        { ...fail(channel, event, now), afterStop: "retry", because: event.reason },
        { now, killByMs: now.leaseKillAtMs },
      );
    case "program_gone":
      return leaveRun(channel, event, { row, now });
    case "restart_due": {
      const restarts = channel.restarts + 1;
      return launch({ ...channel, restarts, because: row.because ?? "" }, now);
    }
  }
}

function stop(
  channel: Channel,
  event: Extract<ChannelEvent, { type: "stop_wanted" }>,
  { row, now }: Taken,
): ChannelStep {
  const { because, killByMs } = event;
  // Once undeployed it leaves, whoever else wants it stopped meanwhile.
  const afterStop = channel.afterStop === "leave" ? "leave" : event.then;
  const kept = event.then === "start" ? channel : undefined;
  const override = kept?.override;
  const traceparent = event.traceparent ?? kept?.traceparent;
  const stops = channel.stops + 1;
  const wanted = { ...channel, because, afterStop, override, traceparent, stops };
  if (row.to === "stopping") return stopRun(wanted, { now, killByMs });
  return { channel: { ...wanted, activity: "stopped" }, effects: [] };
}

function leaveRun(channel: Channel, event: Loss, { row, now }: Taken): ChannelStep {
  const gone = { ...channel, pid: 0, afterStop: "rest" as const };
  // A failed readiness check was counted when it failed, and its reason says more than that of the
  // stop.
  const failed = channel.activity === "stopping" ? gone : fail(gone, event, now);
  switch (row.to) {
    case "starting":
      return launch(gone, now);
    case "restarting": {
      const restartAtMs = now.bootMs + pauseMs(failed);
      const because = `${failed.lastFailure?.reason ?? event.reason}; it will be started again`;
      return { channel: { ...failed, activity: "restarting", because, restartAtMs }, effects: [] };
    }
    case "failed": {
      const because = failed.lastFailure?.reason ?? event.reason;
      return { channel: { ...failed, activity: "failed", because }, effects: [] };
    }
    case "stopped":
    case "started":
    case "stopping":
      return { channel: { ...channel, pid: 0, activity: "stopped" }, effects: [] };
  }
}

function launch(channel: Channel, now: ChannelInstant): ChannelStep {
  const run = channel.run + 1;
  const { definition, order, traceparent } = channel;
  const killAtMs = now.leaseKillAtMs;
  return {
    channel: { ...channel, run, runOrder: order, activity: "starting", pid: 0, afterStop: "rest" },
    effects: [{ type: "launch", definition, run, order, traceparent, killAtMs }],
  };
}

function stopRun(
  channel: Channel,
  stop: { now: ChannelInstant; killByMs: number | undefined },
): ChannelStep {
  const { name, stop: policy } = channel.definition;
  const killAtMs = Math.min(stop.now.bootMs + policy.timeoutMs, stop.killByMs ?? Infinity);
  return {
    channel: { ...channel, activity: "stopping" },
    effects: [{ type: "stop_run", name, run: channel.run, killAtMs }],
  };
}

function fail(channel: Channel, loss: Loss, now: Instant): Channel {
  const { reason, lastLines } = loss;
  return {
    ...channel,
    failures: failuresNow(channel, now),
    failedAttempts: channel.failedAttempts + 1,
    lastFailure: { wallMs: now.wallMs, reason, lastLines },
  };
}

// Failures in a row, with the one that happens now. A long time STARTED makes it the first one
// again.
function failuresNow(channel: Channel, now: Instant): number {
  const isStable =
    channel.activity === "started" &&
    now.bootMs - channel.startedAtMs >= channel.definition.restart.stableAfterMs;
  return isStable ? 1 : channel.failures + 1;
}

function mayRetry(channel: Channel, now: Instant): boolean {
  return failuresNow(channel, now) <= channel.definition.restart.attemptsMax;
}

function hasAttempts(channel: Channel): boolean {
  return channel.failures <= channel.definition.restart.attemptsMax;
}

function then(afterStop: Channel["afterStop"]) {
  return (channel: Channel): boolean => channel.afterStop === afterStop;
}

// No jitter: a channel shares nothing with other clients that it could meet again at the same
// instant.
function pauseMs(channel: Channel): number {
  const { backoffMs, backoffMaxMs } = channel.definition.restart;
  const doublings = Math.min(channel.failures - 1, 30);
  return Math.min(backoffMaxMs, backoffMs * 2 ** doublings);
}

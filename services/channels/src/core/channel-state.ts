// One channel with its state, what happens to it, and what it wants done. How it lives is in
// channel.ts.

import type { Definition } from "./definition.ts";
import type { Order } from "./orders.ts";
import type { OverrideRecord } from "./override.ts";

export type Activity = "stopped" | "starting" | "started" | "stopping" | "restarting" | "failed";
export type Activation = "active" | "inactive";

/** How an attempt to run a channel failed. */
export interface ChannelFailure {
  /** Wall clock, for people. */
  readonly wallMs: number;
  readonly reason: string;
  /** The last lines of output, oldest first. */
  readonly lastLines: readonly string[];
}

/** One channel with its state. */
export interface Channel {
  readonly definition: Definition;
  /** SHA-256 of the definition without protection, in hex. */
  readonly digest: string;
  readonly activation: Activation;
  readonly activity: Activity;
  readonly because: string;
  /** Wall clock of the last change of activity, for people. */
  readonly changedAtMs: number;
  /** Newest order that wanted it started: its next run goes under it. */
  readonly order: Order | undefined;
  /** Order under which its program was started last, which is what the program knows. */
  readonly runOrder: Order | undefined;
  /** The override that wanted it started; undefined where a lease or an order did (R10). */
  readonly override: OverrideRecord | undefined;
  /** Trace context of the newest wish, if it had one: passed on to programs, and never read. */
  readonly traceparent: string | undefined;
  /**
   * Number of its latest run. What is told of an earlier one comes too late and changes nothing.
   */
  readonly run: number;
  /** Process id of the program; 0 while there is none. */
  readonly pid: number;
  /** What follows when a stopping channel is gone. */
  readonly afterStop: "rest" | "start" | "retry" | "leave";
  /** Failed attempts in a row. */
  readonly failures: number;
  /** Restarts since somebody started it. */
  readonly restarts: number;
  readonly lastFailure: ChannelFailure | undefined;
  /** Instant since boot when it became STARTED; of meaning only then. */
  readonly startedAtMs: number;
  /** Instant since boot of the next attempt; of meaning only while RESTARTING. */
  readonly restartAtMs: number;
  /**
   * How often it was wanted started, wanted stopped, and failed, ever: callers that wait compare
   * them.
   */
  readonly starts: number;
  readonly stops: number;
  readonly failedAttempts: number;
}

/** What happens to a channel. */
export type ChannelEvent =
  | {
      readonly type: "start_wanted";
      readonly order: Order | undefined;
      readonly override: OverrideRecord | undefined;
      readonly traceparent?: string | undefined;
      readonly because: string;
    }
  | {
      readonly type: "stop_wanted";
      readonly because: string;
      /** Latest instant since boot for SIGKILL; undefined where only its own policy counts. */
      readonly killByMs: number | undefined;
      readonly traceparent?: string | undefined;
      readonly then: "rest" | "start" | "leave";
    }
  | { readonly type: "restart_due" }
  | RunEvent;

/** What is told of one run of a channel. */
export type RunEvent = { readonly run: number } & (
  | { readonly type: "program_running"; readonly pid: number }
  | { readonly type: "channel_ready" }
  | ({ readonly type: "readiness_failed" } & Loss)
  /** No process of the run is left. */
  | ({ readonly type: "program_gone" } & Loss)
);

export interface Loss {
  readonly reason: string;
  readonly lastLines: readonly string[];
}

/** What the channel wants done. Repeating any of it is harmless. */
export type ChannelEffect =
  | {
      readonly type: "launch";
      readonly definition: Definition;
      readonly run: number;
      readonly order: Order | undefined;
      readonly traceparent: string | undefined;
      /** When its guard kills it, since boot; undefined without a lease. */
      readonly killAtMs: number | undefined;
    }
  | {
      readonly type: "stop_run";
      readonly name: string;
      readonly run: number;
      readonly killAtMs: number;
    }
  | {
      readonly type: "move_kill";
      readonly name: string;
      readonly run: number;
      readonly killAtMs: number;
    };

/** The instant of an event. */
export interface Instant {
  /** Since the boot of the kernel, in milliseconds. */
  readonly bootMs: number;
  /** Wall clock, for people. */
  readonly wallMs: number;
}

/** The instant, and when the lease that the channel runs under has it killed. */
export interface ChannelInstant extends Instant {
  readonly leaseKillAtMs: number | undefined;
}

/** A channel that was just deployed, or comes from the store. */
export function restingChannel(
  given: Pick<Channel, "definition" | "digest" | "activation" | "order">,
  wallMs: number,
): Channel {
  return {
    ...given,
    runOrder: given.order,
    override: undefined,
    traceparent: undefined,
    activity: "stopped",
    because: "Not started yet",
    changedAtMs: wallMs,
    run: 0,
    pid: 0,
    afterStop: "rest",
    failures: 0,
    restarts: 0,
    lastFailure: undefined,
    startedAtMs: 0,
    restartAtMs: 0,
    starts: 0,
    stops: 0,
    failedAttempts: 0,
  };
}

/** Whether a process of the channel may exist. */
export function isRunning(channel: Channel): boolean {
  return ["starting", "started", "stopping"].includes(channel.activity);
}

/** Whether nothing of it runs and nothing is about to. */
export function isResting(channel: Channel): boolean {
  return channel.activity === "stopped" || channel.activity === "failed";
}

// The state of one channels service, what happens to it, and what it wants done.

import type { Activation, Channel, ChannelEffect, Instant, RunEvent } from "./channel-state.ts";
import type { Definition } from "./definition.ts";
import type { Lease, LeaseDecision, LeaseRefusal } from "./lease.ts";
import type { Order } from "./orders.ts";
import type { Override, OverrideActor, OverrideRecord } from "./override.ts";

/** What never changes while the service runs. */
export interface Settings {
  /** This server. */
  readonly serverId: string;
  /** There is no default: while nobody has chosen, no protected channel of this server starts. */
  readonly protection: "lease" | "none" | undefined;
  /** How long before the deadline of the lease a graceful stop begins. */
  readonly stopBudgetMs: number;
  /** How long before the deadline SIGKILL is sent, so that nothing is left by it. */
  readonly killMarginMs: number;
}

export interface State {
  readonly settings: Settings;
  /** Highest order seen, by server. Terms never fall (I2). */
  readonly orders: ReadonlyMap<string, Order>;
  /**
   * The lease of this server. Without protection it says only whether the channels were withdrawn.
   */
  readonly lease: Lease;
  /** Overrides by which channels may run, by server (R10). */
  readonly overrides: ReadonlyMap<string, Override>;
  /** The last overrides, newest first. */
  readonly overrideHistory: readonly OverrideRecord[];
  /** Instant since boot until which a monitor of this server counts as answering. */
  readonly monitorUntilMs: number;
  /** How many watches of monitors are open, by server. */
  readonly monitorWatches: ReadonlyMap<string, number>;
  readonly channels: ReadonlyMap<string, Channel>;
  /** The service stops: nothing starts any more. */
  readonly isStopping: boolean;
}

/** What happened, and when. */
export type Event = Instant &
  (
    | { readonly type: "earlier_life_cleared" }
    | { readonly type: "time_passed" }
    | {
        readonly type: "channel_deployed";
        readonly definition: Definition;
        readonly digest: string;
        readonly activation: Activation;
      }
    | { readonly type: "channel_undeployed"; readonly name: string }
    | ({ readonly type: "start_asked" } & Wish)
    | ({ readonly type: "stop_asked" } & Wish)
    | {
        readonly type: "lease_decided";
        readonly decision: LeaseDecision;
        readonly streamSerial: bigint;
        /** Until when a monitor counts as answering; undefined: none answers now. */
        readonly monitorUntilMs: number | undefined;
      }
    | {
        readonly type: "override_asked";
        readonly serverId: string;
        readonly names: readonly string[];
        readonly actor: OverrideActor;
        readonly because: string;
      }
    /** What ends an override could not be stored. To stop is right all the same. */
    | { readonly type: "override_cut"; readonly serverId: string; readonly because: string }
    | {
        readonly type: "monitor_watch_changed";
        readonly serverIds: readonly string[];
        readonly isOpen: boolean;
      }
    | { readonly type: "run_reported"; readonly name: string; readonly report: RunEvent }
    | { readonly type: "service_stop_asked" }
  );

/** The order of a monitor, or the wish of an operator where there is no order. */
interface Wish {
  /** Names; a trailing * matches by prefix. */
  readonly names: readonly string[];
  readonly order: Order | undefined;
  /** Trace context of the call, passed on and never read. Absent: it told none. */
  readonly traceparent?: string | undefined;
  readonly because: string;
}

/** Why one channel of a wish is not touched. */
export type ChannelRefusal =
  | "UNKNOWN_CHANNEL"
  | "NOT_PROTECTED"
  | "LEASE_REQUIRED"
  | "ORDER_REQUIRED"
  | "PROTECTION_UNKNOWN"
  | "STOPPING";

/** Why an order is not followed at all. */
export type OrderRefusal = "STALE_TERM" | "TOO_MANY_SERVERS";

/** Why the glass is not broken. */
export type OverrideRefusal = "MONITOR_ANSWERS" | "OVERRIDE_NOT_NEEDED";

/** Why a definition is not stored. */
export type DeployRefusal = "CHANNEL_RUNS" | "PROTECTION_UNKNOWN" | "TOO_MANY_CHANNELS";

/** What a wish does to one channel. */
export interface Verdict {
  readonly name: string;
  readonly refusedBecause: ChannelRefusal | undefined;
}

export interface Step {
  readonly state: State;
  readonly effects: readonly ChannelEffect[];
  /** Why the event was refused as a whole. */
  readonly refusedBecause:
    LeaseRefusal | OrderRefusal | OverrideRefusal | DeployRefusal | undefined;
  /** One per channel that a start or stop named; empty for other events. */
  readonly verdicts: readonly Verdict[];
}

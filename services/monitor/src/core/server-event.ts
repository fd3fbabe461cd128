// What can happen to a watched server, and what the monitor shall do about it.

import type { Evidence } from "./evidence.ts";
import type { Actor, RunRecord } from "./run-record.ts";
import type { Maintenance, Release, Signal } from "./server-record.ts";
import type { Transition } from "./transitions.ts";

/** An instant: `nowMs` is monotonic and decides, `wallMs` goes into records. */
export interface Moment {
  readonly nowMs: number;
  readonly wallMs: number;
}

export type ServerEvent = Moment & {
  /** What is known of its heartbeats. Absent: the event does not come of them. */
  readonly evidence?: Evidence | undefined;
} & (
    | { readonly kind: "monitor_started" }
    /** A good heartbeat that may change something: not one of many in a row. */
    | {
        readonly kind: "good_heartbeat";
        readonly holder: string;
        readonly host: string;
        readonly isLeaseHeld: boolean;
        /** What is left of the lease, where one is held. */
        readonly leaseLeftMs: number;
        /** It confirms under the present term that no protected channel runs. */
        readonly isStoppedConfirmed: boolean;
      }
    | { readonly kind: "lease_missing" }
    /** Its heartbeats have begun to tell of an override. */
    | { readonly kind: "override_heard"; readonly actor: Actor }
    /** A target runs channels of the server by an override. */
    | {
        readonly kind: "override_seen";
        readonly target: string;
        /** The server was seen to hold the lease of the present term. */
        readonly isLeaseHeld: boolean;
      }
    | { readonly kind: "higher_term_seen"; readonly term: bigint }
    | { readonly kind: "close_received"; readonly actor: Actor }
    | {
        readonly kind: "time_passed";
        /** Silence of the server so far. */
        readonly silentMs: number;
        /** Time since the last grant, or since the monitor started. */
        readonly sinceGrantMs: number;
        readonly isUnwilling: boolean;
        /** Who asked for the drill whose silence this is. Absent: it is the server's own. */
        readonly drill: Actor | undefined;
      }
    /** The monitor stops in good order: `by` is its server. */
    | { readonly kind: "release_begun"; readonly by: string }
    /** It granted this server no long lease after all. `before`: the release until then. */
    | { readonly kind: "release_unused"; readonly before: Release | undefined }
    | { readonly kind: "target_confirmed"; readonly target: string; readonly term: bigint }
    /** A start is about to be sent to it. */
    | { readonly kind: "start_begins"; readonly target: string }
    /** It has answered, and something of the server still runs there. */
    | { readonly kind: "target_denied"; readonly target: string; readonly term: bigint }
    | {
        readonly kind: "target_fenced";
        readonly target: string;
        readonly term: bigint;
        readonly error: string;
      }
    | { readonly kind: "takeover_failed"; readonly runId: string }
    | { readonly kind: "failback_asked"; readonly actor: Actor }
    /** A drill has seen enough. */
    | { readonly kind: "drill_returned"; readonly actor: Actor }
    | { readonly kind: "switchover_asked"; readonly actor: Actor }
    | { readonly kind: "stopped_confirmed"; readonly target: string; readonly actor: Actor }
    | {
        readonly kind: "maintenance_set";
        readonly maintenance: Maintenance;
        readonly untilMs: number | undefined;
      }
    | { readonly kind: "maintenance_cleared"; readonly actor: Actor }
  );

/** Names a row of the state table. */
export type DecidedRule = Pick<Transition, "from" | "on">;

export type ServerEffect =
  /** Durable with the state: */
  | {
      readonly kind: "record_signal";
      readonly signal: Signal;
      readonly because: string;
      readonly document: string;
      /** Who brought it about. Absent: nobody did. */
      readonly actor: Actor | undefined;
      /** The row of the table by which it is given. */
      readonly rule: DecidedRule;
      readonly runId: string;
    }
  | { readonly kind: "begin_run"; readonly run: RunRecord; readonly isSuperseding: boolean }
  | { readonly kind: "release_run"; readonly term: bigint; readonly actor: Actor | undefined }
  | { readonly kind: "drop_runs" }
  | { readonly kind: "note"; readonly text: string; readonly actor: Actor | undefined }
  /** Done after the state is durable: */
  | { readonly kind: "ask_target"; readonly target: string; readonly term: bigint }
  | { readonly kind: "fence_target"; readonly target: string; readonly term: bigint }
  /** Like ask_target, while there is no gate. */
  | { readonly kind: "ask_overridden"; readonly target: string; readonly term: bigint }
  | { readonly kind: "forget_grants" }
  | { readonly kind: "restart_threshold" };

/** Why an operator's wish was not followed. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

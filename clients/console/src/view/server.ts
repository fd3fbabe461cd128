// A watched server as its monitor tells it. Instants `…AtMs` are milliseconds since 1970 by the
// clock of that monitor, and comparable only with `asOfMs` of the same view.

import type { Activity } from "./channel.ts";
import type { Heard } from "./source.ts";

/** What a monitor has declared. UNKNOWN: it said LIVE, and yet nobody hears the server. */
export type DeclaredState = "LIVE" | "DEAD" | "WAITING" | "CLOSED";
export type ServerState = DeclaredState | "UNKNOWN";
export type Assignment = "PRIMARY" | "BACKUP" | "NOBODY";
export type Protection = "LEASE" | "NONE";

/** One watched server. `toldBy` is the monitor; with `serverId` it names this view. */
export interface ServerView extends Heard {
  readonly serverId: string;
  readonly state: ServerState;
  /** What was declared last, whatever is heard now. */
  readonly declared: DeclaredState;
  readonly because: string;
  readonly assignment: Assignment;
  /** A whole number that may be above 2^53, as text. */
  readonly term: string;
  readonly journalId: string;
  readonly protection: Protection;
  /** "": not known. */
  readonly holder: string;
  /** "": not heard yet. */
  readonly host: string;
  readonly isEverHeard: boolean;
  readonly changedAtMs: number | undefined;
  readonly asOfMs: number;
  readonly thresholdMs: number;
  /** Undefined: no good heartbeat since the monitor started. */
  readonly sinceGoodMs: number | undefined;
  readonly lease: LeaseView;
  readonly reportedAtMs: number | undefined;
  readonly channels: readonly ProtectedChannelView[];
  readonly targets: readonly TargetView[];
  readonly maintenance: MaintenanceView | undefined;
  readonly failbackHold: FailbackHoldView | undefined;
  readonly recentDeaths: number;
  readonly release: ReleaseView | undefined;
  /** The run under way, or the last one. "": none. */
  readonly runId: string;
  /** Undefined: the monitor does not tell. */
  readonly readiness: ReadinessView | undefined;
}

/** Who may run the channels until when, as the server reported it last. */
export type LeaseView =
  | { readonly kind: "none" | "unknown" | "unprotected" }
  | { readonly kind: "held"; readonly term: string; readonly timeLeftMs: number }
  | { readonly kind: "ended"; readonly term: string; readonly because: string }
  | {
      readonly kind: "override";
      readonly by: string;
      readonly reason: string;
      readonly sinceAtMs: number | undefined;
    };

export interface ProtectedChannelView {
  readonly name: string;
  readonly activity: Activity;
  readonly term: string;
}

/** A channels service that the flow of the server can order. */
export interface TargetView {
  readonly name: string;
  readonly address: string;
  readonly isClean: boolean;
  readonly isConfirmed: boolean;
  readonly lastError: string;
  /** Whether the monitor hears it now. If not, what it told is old. */
  readonly isWatched: boolean;
  readonly lastWordAtMs: number | undefined;
  readonly channels: readonly ProtectedChannelView[];
}

export interface MaintenanceView {
  readonly owner: string;
  readonly reason: string;
  readonly sinceAtMs: number | undefined;
  /** Undefined: until it is cleared. */
  readonly untilAtMs: number | undefined;
}

export interface FailbackHoldView {
  readonly because: string;
  /** Undefined: an operator has to say so. */
  readonly delayMs: number | undefined;
  readonly timeLeftMs: number | undefined;
}

export interface ReleaseView {
  readonly sinceAtMs: number | undefined;
  readonly untilAtMs: number | undefined;
  readonly by: string;
  readonly boundMs: number;
}

/** Whether a takeover would work now, and why not. */
export interface ReadinessView {
  readonly isReady: boolean;
  readonly problems: readonly {
    readonly subject: string;
    readonly reason: string;
    readonly text: string;
    readonly sinceAtMs: number | undefined;
  }[];
  /** Problems that are not listed. */
  readonly problemsOmitted: number;
  /** Undefined: not checked yet. */
  readonly checkedAtMs: number | undefined;
}

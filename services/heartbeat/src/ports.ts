// What the heartbeat service needs from outside. Adapters call back later, never inside the call
// that asked.

import type { Answer, HeartbeatContent } from "./core/beat-state.ts";
import type { Decision } from "./core/decisions.ts";
import type { Actor } from "./core/orderly-close.ts";
import type { ChannelsReport } from "./core/report.ts";

/** The monitor group. */
export interface Monitors {
  /** Opens a stream to one address. */
  open(address: string, listener: StreamListener): MonitorStream;
}

/** What happens on a stream. `ended` comes at most once and last, and not after `drop` or `end`. */
export interface StreamListener {
  opened(): void;
  answered(answer: Answer): void;
  ended(because: string): void;
}

/** One stream to a monitor. */
export interface MonitorStream {
  sendHeartbeat(content: HeartbeatContent): void;
  sendClose(close: { sequence: number; actor: Actor; confirmedStopped: boolean }): void;
  /** Cuts it without a word. */
  drop(): void;
  /** Ends it in good order. */
  end(): void;
}

/** The local channels service. */
export interface Channels {
  /**
   * One RenewLease call. Rejects when it fails or takes longer than the deadline. A monitor counts
   * as answering until `monitorUntilBootMs`.
   */
  decide(
    decision: Decision,
    given: { readonly deadlineMs: number; readonly monitorUntilBootMs: number | undefined },
  ): Promise<ChannelsReport>;
  /**
   * Calls `onChange` at every sign of a change, a lost channels service included, until the signal
   * aborts.
   */
  watch(onChange: () => void, signal: AbortSignal): Promise<void>;
}

/** Clocks and chance. */
export interface Surroundings {
  nowMs(): number;
  bootMs(): number;
  /** A number from 0 up to 1. */
  chance(): number;
}

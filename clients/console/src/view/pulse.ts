// The heartbeats of a server, small enough to be told four times a second.

import type { Heard } from "./source.ts";

/** The pulse of one server as its monitor (`toldBy`) heard it, at `heardAtMs`. */
export interface PulseView extends Heard {
  readonly serverId: string;
  /** In this life of the monitor. */
  readonly goodHeartbeats: number;
  /** Undefined: none yet. */
  readonly sinceGoodMs: number | undefined;
  readonly lastGapMs: number | undefined;
  /** Between two heartbeats, as the server told it. */
  readonly intervalMs: number | undefined;
  readonly roundTripMs: number | undefined;
  /** Undefined: nothing would be declared now. */
  readonly timeToDeadMs: number | undefined;
}

/** How the heartbeat service of a server is, in its own words. */
export interface HeartbeatView extends Heard {
  readonly serverId: string;
  readonly state: "CONNECTING" | "OPEN" | "CLOSING";
  /** Address of the monitor in use, or tried last. */
  readonly monitor: string;
  readonly intervalMs: number;
  readonly roundTripMs: number | undefined;
  readonly sinceAnswerMs: number | undefined;
  readonly streams: number;
  readonly isChannelsAnswering: boolean;
  /** Why its heartbeats do not count. "": they do. */
  readonly unfitBecause: string;
  readonly lastError: string;
  readonly asOfMs: number;
}

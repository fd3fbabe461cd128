// The state machine of one watched server, as a table. Every row has its reason, which the log, the
// mail, the console and docs/states.md use. An event with no row changes nothing.

import type { ServerState, Signal } from "./server-record.ts";

/** What can happen to the state of a server. */
export type StateEvent = "good_heartbeat" | "threshold_passed" | "close_received" | "close_expired";

/** One row of the table. */
export interface Transition {
  readonly from: ServerState;
  readonly on: StateEvent;
  readonly to: ServerState;
  /** Absent: the change is not told, because the server never stopped. */
  readonly signal: Signal | undefined;
  readonly because: string;
}

export const transitions: readonly Transition[] = [
  {
    from: "unheard",
    on: "good_heartbeat",
    to: "live",
    signal: "LIVE",
    because: "Its first good heartbeat has arrived",
  },
  {
    from: "waiting",
    on: "good_heartbeat",
    to: "live",
    signal: undefined,
    because: "It was live before the monitor started, and it never stopped",
  },
  {
    from: "waiting",
    on: "threshold_passed",
    to: "dead",
    signal: "DEAD",
    because: "No good heartbeat for the threshold since the monitor began to listen",
  },
  {
    from: "live",
    on: "threshold_passed",
    to: "dead",
    signal: "DEAD",
    because: "No good heartbeat for the threshold",
  },
  {
    from: "unheard",
    on: "close_received",
    to: "closed",
    signal: "CLOSE",
    because: "It said that it stops in good order",
  },
  {
    from: "waiting",
    on: "close_received",
    to: "closed",
    signal: "CLOSE",
    because: "It said that it stops in good order",
  },
  {
    from: "live",
    on: "close_received",
    to: "closed",
    signal: "CLOSE",
    because: "It said that it stops in good order",
  },
  {
    from: "dead",
    on: "close_received",
    to: "closed",
    signal: "CLOSE",
    because: "It said that it stops in good order, after it had been silent",
  },
  {
    from: "dead",
    on: "good_heartbeat",
    to: "live",
    signal: "LIVE",
    because: "A good heartbeat has arrived again",
  },
  {
    from: "closed",
    on: "good_heartbeat",
    to: "live",
    signal: "LIVE",
    because: "A good heartbeat has arrived after the close",
  },
  {
    from: "closed",
    on: "close_expired",
    to: "dead",
    signal: "DEAD",
    because: "It closed in good order and has stayed away longer than closeExpiry",
  },
];

/** The row for an event, or undefined: then nothing changes. */
export function findTransition(from: ServerState, on: StateEvent): Transition | undefined {
  return transitions.find((row) => row.from === from && row.on === on);
}

// The words of the heartbeat core: its state, the events that change it and the effects that it
// orders.

import { type Decision, type Decisions, noDecisions } from "./decisions.ts";
import { type Knowledge, nothingKnown } from "./knowledge.ts";
import { firstLink, type Link, type LinkSettings } from "./link.ts";
import type { Actor, CloseSettings, Closing } from "./orderly-close.ts";
import type { ChannelsReport, Order } from "./report.ts";

export interface BeatSettings extends LinkSettings, CloseSettings {
  readonly serverId: string;
  readonly intervalMs: number;
  /** Whether a protected channel that has FAILED makes heartbeats count as silence. */
  readonly stopsOnFailedChannel: boolean;
}

export interface BeatState {
  readonly settings: BeatSettings;
  readonly link: Link;
  readonly knowledge: Knowledge;
  readonly decisions: Decisions;
  readonly closing: Closing | undefined;
  readonly isDetaching: boolean;
  /** Undefined: still running. After it no event has an effect. */
  readonly outcome: Outcome | undefined;
  /**
   * When the next heartbeat is due, or the next look at the channels service while no stream is
   * open.
   */
  readonly tickAtMs: number;
  /** Whether a grant was passed on since the last tick: its answer was as good as a probe. */
  readonly hasPassedGrant: boolean;
  readonly tally: Tally;
}

/** Figures for people. They decide nothing. */
export interface Tally {
  readonly sent: number;
  readonly answered: number;
  readonly streams: number;
  readonly roundTripMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  /**
   * The monitor's view of this server, and why the last heartbeat did not count as good, as it told
   * them last.
   */
  readonly view: string;
  readonly unfitBecause: string;
}

/** How the service ends. `given_up`: channels may be running, so CLOSE was not said. */
export type Outcome =
  | { readonly kind: "closed"; readonly confirmedStopped: boolean; readonly closeAnswered: boolean }
  | { readonly kind: "detached" }
  | { readonly kind: "given_up" };

/** What a monitor allows one server. */
export interface Grant {
  readonly order: Order;
  readonly decision:
    | { readonly kind: "lease"; readonly lengthMs: number }
    /** An override may run on for `overrideMs`; undefined: it ends now. */
    | { readonly kind: "nothing"; readonly overrideMs: number | undefined }
    | { readonly kind: "withdraw"; readonly because: string };
}

/** The answer to one message of a stream. */
export interface Answer {
  readonly sequence: number;
  readonly view: string;
  readonly unfitBecause: string;
  readonly grants: readonly Grant[];
}

/**
 * The instant of an event on both clocks, which are never mixed, and a number from 0 up to 1, drawn
 * for it.
 */
export interface Instant {
  readonly nowMs: number;
  readonly bootMs: number;
  readonly chance: number;
}

export type Happening =
  | { readonly type: "time_passed" }
  | { readonly type: "stream_opened"; readonly serial: number }
  | { readonly type: "answer_received"; readonly serial: number; readonly answer: Answer }
  | { readonly type: "stream_ended"; readonly serial: number; readonly because: string }
  | { readonly type: "report_received"; readonly report: ChannelsReport }
  | { readonly type: "report_failed"; readonly because: string }
  | { readonly type: "channels_changed" }
  | { readonly type: "close_requested"; readonly actor: Actor }
  | { readonly type: "detach_requested" };

export type BeatEvent = Happening & Instant;

export type BeatEffect =
  | { readonly type: "open_stream"; readonly serial: number; readonly address: string }
  | ({ readonly type: "send_heartbeat" } & HeartbeatContent)
  | {
      readonly type: "send_close";
      readonly sequence: number;
      readonly actor: Actor;
      readonly confirmedStopped: boolean;
    }
  /** Cuts the stream without a word. */
  | { readonly type: "drop_stream" }
  /** Ends the stream after its last message was answered. */
  | { readonly type: "end_stream" }
  /** Makes one RenewLease call. Exactly one report_received or report_failed follows. */
  | {
      readonly type: "call_channels";
      readonly decision: Decision;
      readonly deadlineMs: number;
      /** A monitor counts as answering until then. Undefined: none answers. */
      readonly monitorUntilBootMs: number | undefined;
    }
  | { readonly type: "finish"; readonly outcome: Outcome };

/** What differs between heartbeats. */
export interface HeartbeatContent {
  readonly sequence: number;
  readonly acknowledged: number;
  readonly knowledge: Knowledge;
  readonly unfitBecause: string;
  /** Of the last answer. Undefined: none yet. */
  readonly roundTripMs: number | undefined;
}

/**
 * The state of a service that begins. The first event makes it open a stream and ask the channels
 * service.
 */
export function begin(
  settings: BeatSettings,
  now: { readonly nowMs: number; readonly bootMs: number },
): BeatState {
  return {
    settings,
    link: firstLink(now),
    knowledge: nothingKnown,
    decisions: noDecisions,
    closing: undefined,
    isDetaching: false,
    outcome: undefined,
    tickAtMs: now.nowMs,
    hasPassedGrant: false,
    tally: {
      sent: 0,
      answered: 0,
      streams: 0,
      roundTripMs: undefined,
      answeredAtMs: undefined,
      view: "",
      unfitBecause: "",
    },
  };
}

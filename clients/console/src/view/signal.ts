// Signals as the journal of a monitor has them.

import type { Heard } from "./source.ts";

export type SignalWord = "LIVE" | "DEAD" | "CLOSE";

/** One signal; it never changes. `toldBy` and `signalId` name it. */
export interface SignalView extends Heard {
  /** A whole number as text; rises with every signal of its monitor. */
  readonly signalId: string;
  readonly serverId: string;
  readonly signal: SignalWord;
  readonly term: string;
  readonly atMs: number;
  readonly because: string;
  /** The XML document that the flow saw. */
  readonly document: string;
  readonly runId: string;
  /** What it was decided on, for people: last heartbeats, gaps, lag. */
  readonly evidence: string;
  readonly host: string;
  /** 32 hex digits; "": none. */
  readonly traceId: string;
}

/** A page of a list. `nextPage` asks for the one after; "": it is the last. */
export interface ListPage<Entry> {
  readonly entries: readonly Entry[];
  readonly nextPage: string;
}

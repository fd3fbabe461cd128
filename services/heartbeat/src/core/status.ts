// The state of the core in the words of an operator.

import type { BeatState } from "./beat-state.ts";
import { unfitBecause } from "./due.ts";
import type { Knowledge } from "./knowledge.ts";
import { addressOf } from "./link.ts";

export interface Status {
  readonly stream: "connecting" | "open" | "closing";
  /** Address of the monitor in use, or tried last. */
  readonly monitor: string;
  readonly sent: number;
  readonly answered: number;
  readonly streams: number;
  readonly roundTripMs: number | undefined;
  readonly sinceAnswerMs: number | undefined;
  readonly knowledge: Knowledge;
  /** Age of the report in `knowledge`. */
  readonly sinceReportMs: number | undefined;
  /** Why heartbeats do not count as good. Empty: they should. */
  readonly unfitBecause: string;
  /** Why no monitor answers, as far as the last stream told. Empty: one answers. */
  readonly lastError: string;
  /** What the monitor holds of this server. UNKNOWN while none answers. */
  readonly view: string;
}

export function statusOf(state: BeatState, nowMs: number): Status {
  const { link, knowledge, tally, closing } = state;
  const { stream } = link;
  const isAnswered = stream.kind === "open" && stream.acknowledged > 0;
  const { answeredAtMs } = tally;
  const { reportedAtMs } = knowledge;
  return {
    stream: closing === undefined ? (isAnswered ? "open" : "connecting") : "closing",
    monitor: stream.kind === "waiting" ? addressOf(link, state.settings) : stream.address,
    sent: tally.sent,
    answered: tally.answered,
    streams: tally.streams,
    roundTripMs: tally.roundTripMs,
    sinceAnswerMs: answeredAtMs === undefined ? undefined : nowMs - answeredAtMs,
    knowledge,
    sinceReportMs: reportedAtMs === undefined ? undefined : nowMs - reportedAtMs,
    unfitBecause: whyUnfit(state, isAnswered),
    lastError: isAnswered ? "" : link.lastError,
    view: isAnswered ? tally.view : "UNKNOWN",
  };
}

// The first reason in the order in which an operator would look.
function whyUnfit(state: BeatState, isAnswered: boolean): string {
  const own = unfitBecause(state);
  if (own !== "") return own;
  const { isAnswering, failedBecause } = state.knowledge;
  if (!isAnswering) return `the channels service does not answer: ${failedBecause}`;
  return isAnswered ? state.tally.unfitBecause : "no monitor answers";
}

// The life of one message in the outbox: when it is tried, what an answer of the SMTP server means
// for each recipient, and when it is given up. Knows neither SMTP sessions nor stores; instants are
// wall-clock milliseconds, because they must outlive the process.

import assert from "node:assert";

/** How far a message is. */
export type DeliveryState = "queued" | "sent" | "failed";

/** What is known of a message whatever its state. */
interface Tried {
  readonly acceptedMs: number;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** Recipients that the SMTP server still has to take. */
  readonly pending: readonly string[];
  /** Recipients that it refused for good, or that were given up. */
  readonly refused: readonly string[];
  /** Whether it has taken the message for anybody. */
  readonly hasTaken: boolean;
  /** Its last answer, or what kept it from answering. Empty before the first attempt ended. */
  readonly lastAnswer: string;
}

export interface Queued extends Tried {
  readonly state: "queued";
  readonly nextAttemptMs: number;
}

interface Settled extends Tried {
  readonly state: "sent" | "failed";
  readonly settledMs: number;
}

export type Progress = Queued | Settled;

/** A recipient that the SMTP server did not take, with its reply code. */
export interface Refusal {
  readonly recipient: string;
  readonly code: number;
}

/** What one attempt told. `answer` is one line for people. */
export type AttemptReport =
  /** The server has taken the message for every recipient without a refusal. */
  | { readonly outcome: "taken"; readonly answer: string; readonly refusals: readonly Refusal[] }
  /** It has taken none of the recipients. */
  | {
      readonly outcome: "all_refused";
      readonly answer: string;
      readonly refusals: readonly Refusal[];
    }
  /** It has refused the sender or the content, for whatever recipients it had taken before. */
  | {
      readonly outcome: "message_refused";
      readonly answer: string;
      readonly code: number;
      readonly refusals: readonly Refusal[];
    }
  /**
   * No word about this message: not connected, not logged in, no answer. Where the connection died
   * after the last dot the server may have taken it all the same: then it gets it twice, under one
   * Message-ID.
   */
  | { readonly outcome: "unanswered"; readonly answer: string };

export type OutboxEvent =
  | { readonly kind: "attempt_fell_due"; readonly nowMs: number; readonly pauseMs: number }
  | {
      readonly kind: "attempt_ended";
      readonly nowMs: number;
      /** Pause before the next attempt, jitter included, should there be one. */
      readonly pauseMs: number;
      readonly report: AttemptReport;
    };

/** Performed only after the state is stored. */
export interface OutboxEffect {
  readonly kind: "deliver";
  readonly recipients: readonly string[];
}

/**
 * Attempts before a message may be given up, whatever its age: two minutes with the default pauses.
 * A service that was away for days, or whose clock leapt, has tried nothing in that time.
 */
const attemptsMin = 8;

export interface OutboxPolicy {
  /** Age at which a failed attempt is the last one, should enough have been made. */
  readonly giveUpAfterMs: number;
}

/** A message that was just accepted. Needs a recipient. */
export function enqueue(recipients: readonly string[], nowMs: number): Queued {
  assert.ok(recipients.length > 0, "a message has a recipient");
  return {
    state: "queued",
    acceptedMs: nowMs,
    attempts: 0,
    pending: recipients,
    refused: [],
    hasTaken: false,
    lastAnswer: "",
    nextAttemptMs: nowMs,
  };
}

/** An event changes nothing in a message that is settled. */
export function step(
  state: Progress,
  event: OutboxEvent,
  policy: OutboxPolicy,
): { readonly state: Progress; readonly effects: readonly OutboxEffect[] } {
  if (state.state !== "queued") return { state, effects: [] };
  switch (event.kind) {
    case "attempt_fell_due":
      return begin(state, event);
    case "attempt_ended":
      return { state: end(state, event, policy), effects: [] };
  }
}

/**
 * Whether a reply code is the last word about a recipient or a message. Not so are 4yz codes (RFC
 * 5321, 4.2.1), a session in the wrong state (503) and a session that must log in better (530, 534,
 * 535, 538 of RFC 4954): those say nothing about the message, and an operator can mend them.
 */
export function isPermanent(code: number): boolean {
  return code >= 500 && code < 600 && !sessionCodes.has(code);
}

const sessionCodes: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

// The attempt is counted, and the next one dated, before it is made: a process that dies in every
// attempt waits between them like one that is refused.
function begin(
  state: Queued,
  event: { readonly nowMs: number; readonly pauseMs: number },
): { readonly state: Queued; readonly effects: readonly OutboxEffect[] } {
  const attempts = state.attempts + 1;
  return {
    state: { ...state, attempts, nextAttemptMs: event.nowMs + event.pauseMs },
    effects: [{ kind: "deliver", recipients: state.pending }],
  };
}

function end(
  state: Queued,
  event: Extract<OutboxEvent, { kind: "attempt_ended" }>,
  policy: OutboxPolicy,
): Progress {
  const { nowMs, report } = event;
  const verdicts = state.pending.map((recipient) => ({
    recipient,
    verdict: judge(recipient, report),
  }));
  const having = (verdict: Verdict) =>
    verdicts.filter((each) => each.verdict === verdict).map((each) => each.recipient);
  const tried: Tried = {
    acceptedMs: state.acceptedMs,
    attempts: state.attempts,
    pending: having("pending"),
    refused: [...state.refused, ...having("refused")],
    hasTaken: state.hasTaken || having("taken").length > 0,
    lastAnswer: report.answer,
  };
  if (tried.pending.length === 0) return settle(tried, nowMs);
  const isOld = nowMs - state.acceptedMs >= policy.giveUpAfterMs;
  if (isOld && state.attempts >= attemptsMin) return settle(giveUp(tried), nowMs);
  return { ...tried, state: "queued", nextAttemptMs: nowMs + event.pauseMs };
}

type Verdict = "taken" | "refused" | "pending";

function judge(recipient: string, report: AttemptReport): Verdict {
  if (report.outcome === "unanswered") return "pending";
  const refusal = report.refusals.find((each) => each.recipient === recipient);
  if (refusal !== undefined) return isPermanent(refusal.code) ? "refused" : "pending";
  switch (report.outcome) {
    case "taken":
      return "taken";
    case "message_refused":
      return isPermanent(report.code) ? "refused" : "pending";
    case "all_refused":
      return "pending";
  }
}

function giveUp(tried: Tried): Tried {
  return {
    ...tried,
    pending: [],
    refused: [...tried.refused, ...tried.pending],
    lastAnswer: `given up after ${tried.attempts} attempts: ${tried.lastAnswer}`,
  };
}

// Taken for some is sent: who was refused is in the ledger beside it.
function settle(tried: Tried, nowMs: number): Settled {
  return { ...tried, state: tried.hasTaken ? "sent" : "failed", settledMs: nowMs };
}

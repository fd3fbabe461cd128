// The trace that a message belongs to: kept with it, told by its header and in the ledger, and to a
// tracing system where there is one. Nothing of it decides what becomes of the message.

import { recordSpan } from "@hot-backup/kit/spans.ts";
import {
  childTrace,
  readTraceparent,
  type Trace,
  writeTraceparent,
} from "@hot-backup/kit/trace.ts";
import type { Letter, Message } from "./core/message.ts";
import type { Progress } from "./core/outbox.ts";

/**
 * The header of a message that a call asks for, the same in every attempt: attempts are the same
 * mail. Empty: the call belongs to no trace.
 */
export function traceparentOf(asked: Trace | undefined): string {
  return asked === undefined ? "" : writeTraceparent(mailTrace(asked));
}

/** Id of the trace of a message, for the ledger. Empty: it belongs to none. */
export function traceIdOf({ traceparent }: Pick<Letter, "traceparent">): string {
  return readTraceparent(traceparent)?.traceId ?? "";
}

/** The same for the log: a line of a message without a trace does not speak of one. */
export function traceFieldOf(letter: Pick<Letter, "traceparent">): { traceId?: string } {
  const traceId = traceIdOf(letter);
  return traceId === "" ? {} : { traceId };
}

/** Tells that a message is in the outbox. */
export function recordAcceptance(
  asked: Trace | undefined,
  accepted: { key: string; beganMs: number; endedMs: number },
): void {
  if (asked === undefined) return;
  const { key, beganMs, endedMs } = accepted;
  recordSpan({
    trace: mailTrace(asked),
    parent: asked,
    name: "mail accepted",
    kind: "server",
    beganMs,
    endedMs,
    error: "",
    attributes: { "hot_backup.mail": key },
  });
}

/** Tells how an attempt to deliver a message ended. */
export function recordAttempt(
  message: Message,
  attempt: { progress: Progress; beganMs: number; endedMs: number },
): void {
  const parent = readTraceparent(message.traceparent);
  if (parent === undefined) return;
  const { progress, beganMs, endedMs } = attempt;
  const { attempts, state, lastAnswer } = progress;
  recordSpan({
    trace: childTrace(parent, `attempt ${attempts}`),
    parent,
    name: "mail attempt",
    kind: "client",
    beganMs,
    endedMs,
    error: state === "sent" ? "" : lastAnswer,
    attributes: {
      "hot_backup.mail": message.key,
      "hot_backup.attempt": attempts,
      "hot_backup.answer": lastAnswer,
    },
  });
}

function mailTrace(asked: Trace): Trace {
  return childTrace(asked, "mail");
}

// The tables of the outbox and ledger, and rows as the messages they hold.

import type { SQLOutputValue } from "@hot-backup/kit/sqlite.ts";
import { z } from "zod";
import type { Message } from "../core/message.ts";
import type { Progress } from "../core/outbox.ts";
import type { Reading } from "../ports.ts";

/** Each entry brings the schema one version up. Never change one that was released: add another. */
export const migrations = [
  `
  CREATE TABLE store (id TEXT NOT NULL) STRICT;

  CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    message_id TEXT NOT NULL,
    recipients TEXT NOT NULL, -- JSON: { to, cc }, each a list of { name, address }
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT,
    thread TEXT NOT NULL,
    in_reply_to TEXT,
    accepted_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts INTEGER NOT NULL,
    pending TEXT NOT NULL, -- JSON: list of mailboxes
    refused TEXT NOT NULL, -- JSON: list of mailboxes
    has_taken INTEGER NOT NULL,
    last_answer TEXT NOT NULL,
    next_attempt_ms INTEGER,
    settled_ms INTEGER,
    CHECK ((state = 'queued') = (next_attempt_ms IS NOT NULL)),
    CHECK ((state = 'queued') = (settled_ms IS NULL))
  ) STRICT;
  CREATE INDEX messages_due ON messages (next_attempt_ms) WHERE state = 'queued';
  CREATE INDEX messages_settled ON messages (settled_ms) WHERE state <> 'queued';
  CREATE INDEX messages_by_state ON messages (state, sequence);

  -- Message-ID of the first message of each thread.
  CREATE TABLE threads (
    thread TEXT PRIMARY KEY,
    message_id TEXT NOT NULL,
    used_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX threads_used ON threads (used_ms);

  -- Keys of messages that were removed: a key names one message for ever, so this grows for ever,
  -- by some 200 bytes a mail. That is meant: a client that repeats an old key must not mail twice.
  CREATE TABLE past_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    message_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Messages of before belong to no trace.
  "ALTER TABLE messages ADD COLUMN traceparent TEXT NOT NULL DEFAULT ''",
];

export type Row = Readonly<Record<string, SQLOutputValue>>;

const mailboxes = z.array(z.string()).readonly();
const addresses = z
  .array(z.object({ name: z.string(), address: z.string() }).readonly())
  .readonly();
const recipients = z.object({ to: addresses, cc: addresses });
const wholeNumber = z.bigint().transform(Number);
/** What a Date can hold, in milliseconds. Source: ECMA-262, 21.4.1.1. */
const instantMsMax = 8.64e15;
const instant = wholeNumber.refine((ms) => ms >= 0 && ms <= instantMsMax, "is no instant");

const messageRow = z.object({
  sequence: wholeNumber,
  key: z.string(),
  message_id: z.string(),
  recipients: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string().nullable(),
  thread: z.string(),
  in_reply_to: z.string().nullable(),
  traceparent: z.string(),
});

const tried = z.object({
  accepted_ms: instant,
  attempts: wholeNumber,
  pending: z.string(),
  refused: z.string(),
  has_taken: wholeNumber,
  last_answer: z.string(),
});
const progressRow = z.discriminatedUnion("state", [
  tried.extend({ state: z.literal("queued"), next_attempt_ms: instant }),
  tried.extend({ state: z.enum(["sent", "failed"]), settled_ms: instant }),
]);

/** A row of messages, if it holds what some version wrote there. */
export function toReading(row: Row): Reading {
  try {
    return { isReadable: true, message: toMessage(row) };
  } catch (error) {
    return { isReadable: false, because: `Cannot be read from the store: ${whyUnreadable(error)}` };
  }
}

/** A row of messages as an entry of the ledger, whatever is left of it. */
export function toEntry(row: Row): Message {
  const reading = toReading(row);
  return reading.isReadable ? reading.message : toRemains(row, reading.because);
}

function toRemains(row: Row, because: string): Message {
  const text = (column: string) => String(row[column] ?? "");
  const instantMs = (column: string) => instant.safeParse(row[column]).data ?? 0;
  return {
    sequence: Number(row["sequence"]),
    key: text("key"),
    messageId: text("message_id"),
    to: [],
    cc: [],
    subject: text("subject"),
    text: text("text"),
    html: undefined,
    thread: text("thread"),
    inReplyTo: undefined,
    traceparent: text("traceparent"),
    progress: {
      state: "failed",
      acceptedMs: instantMs("accepted_ms"),
      attempts: Number(row["attempts"]),
      pending: [],
      refused: [],
      hasTaken: false,
      lastAnswer: because,
      settledMs: instantMs("settled_ms"),
    },
  };
}

// One line, without the values: they may be what broke it, of any length.
function whyUnreadable(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

function toMessage(row: Row): Message {
  const fields = messageRow.parse(row);
  return {
    sequence: fields.sequence,
    key: fields.key,
    messageId: fields.message_id,
    ...recipients.parse(JSON.parse(fields.recipients)),
    subject: fields.subject,
    text: fields.text,
    html: fields.html ?? undefined,
    thread: fields.thread,
    inReplyTo: fields.in_reply_to ?? undefined,
    traceparent: fields.traceparent,
    progress: toProgress(row),
  };
}

function toProgress(row: Row): Progress {
  const fields = progressRow.parse(row);
  const common = {
    acceptedMs: fields.accepted_ms,
    attempts: fields.attempts,
    pending: mailboxes.parse(JSON.parse(fields.pending)),
    refused: mailboxes.parse(JSON.parse(fields.refused)),
    hasTaken: fields.has_taken === 1,
    lastAnswer: fields.last_answer,
  };
  return fields.state === "queued"
    ? { ...common, state: fields.state, nextAttemptMs: fields.next_attempt_ms }
    : { ...common, state: fields.state, settledMs: fields.settled_ms };
}

/** The columns of a progress, in the order of `progressColumns`. */
export function toColumns(progress: Progress): (string | number | null)[] {
  const isQueued = progress.state === "queued";
  return [
    progress.state,
    progress.attempts,
    JSON.stringify(progress.pending),
    JSON.stringify(progress.refused),
    progress.hasTaken ? 1 : 0,
    progress.lastAnswer,
    isQueued ? Math.ceil(progress.nextAttemptMs) : null,
    isQueued ? null : Math.ceil(progress.settledMs),
  ];
}

export const progressColumns = [
  "state",
  "attempts",
  "pending",
  "refused",
  "has_taken",
  "last_answer",
  "next_attempt_ms",
  "settled_ms",
] as const;

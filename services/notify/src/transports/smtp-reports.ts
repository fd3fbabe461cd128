// What nodemailer tells of an attempt, its errors included, as reports of the outbox.

import { z } from "zod";
import type { AttemptReport, Refusal } from "../core/outbox.ts";

const refusalError = z.object({ recipient: z.string(), responseCode: z.number() });

const smtpError = z.object({
  code: z.string().optional(),
  command: z.string().optional(),
  response: z.string().optional(),
  responseCode: z.number().optional(),
  rejectedErrors: z.array(refusalError).optional(),
  message: z.string(),
});

// Lenient: what was taken must never be sent again because of how the answer looks.
const sentInfo = z.object({
  response: z.string().catch("taken"),
  rejectedErrors: z.array(refusalError).catch([]),
});

/**
 * A refusal by this side: a recipient it cannot write, a size the server does not take. Permanent.
 */
const localRefusalCode = 554;

/** What a server has taken. */
export function toTaken(info: unknown): AttemptReport {
  const { response, rejectedErrors } = sentInfo.parse(info);
  const refusals = toRefusals(rejectedErrors);
  return { outcome: "taken", answer: toAnswer(response), refusals };
}

/** What went wrong. */
export function toReport(thrown: unknown): AttemptReport {
  const parsed = smtpError.safeParse(thrown);
  if (!parsed.success) return { outcome: "unanswered", answer: toAnswer(String(thrown)) };
  const error = parsed.data;
  const answer = toAnswer(error.response ?? error.message);
  // Any other code tells of the connection or the login, not of the message.
  if (error.code !== "EENVELOPE" && error.code !== "EMESSAGE") {
    return { outcome: "unanswered", answer };
  }
  const refusals = toRefusals(error.rejectedErrors);
  if (error.command === "RCPT TO") return { outcome: "all_refused", answer, refusals };
  const code = error.responseCode ?? localRefusalCode;
  return { outcome: "message_refused", answer, code, refusals };
}

function toRefusals(errors: readonly z.infer<typeof refusalError>[] = []): readonly Refusal[] {
  return errors.map(({ recipient, responseCode }) => ({ recipient, code: responseCode }));
}

/** Longest answer kept, in characters: RFC 5321 allows lines of 512, and servers send several. */
const answerCharsMax = 500;

function toAnswer(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, answerCharsMax);
}

// Delivers through one SMTP server over a pool of connections. The only file that knows nodemailer:
// its errors become reports here. It never retries: that is the outbox's work.

import { createTransport, type SendMailOptions } from "nodemailer";
import { z } from "zod";
import type { Address } from "../core/address.ts";
import type { AttemptReport, Refusal } from "../core/outbox.ts";
import type { Mail, Transport } from "../ports.ts";

/** How to reach the SMTP server, and as whom to send. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps), rather than STARTTLS where the server offers it. */
  readonly isTls: boolean;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: Address;
  readonly connectionsMax: number;
  /** Until connected, TCP and TLS. */
  readonly connectionTimeoutMs: number;
  /** From connected to the server's greeting. */
  readonly greetingTimeoutMs: number;
  /** Silence on a connection in use. */
  readonly socketTimeoutMs: number;
}

/** Opens nothing yet: the first mail connects. */
export function createSmtpTransport(options: SmtpOptions): Transport {
  const { host, port, isTls, login } = options;
  const isLocal = isLoopback(host);
  const pool = createTransport({
    pool: true,
    host,
    port,
    secure: isTls,
    // A password never crosses a network in the clear. On loopback nobody is in between, and nobody
    // has a certificate for 127.0.0.1 either.
    requireTLS: login !== undefined && !isLocal,
    tls: { rejectUnauthorized: !isLocal },
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    maxConnections: options.connectionsMax,
    // Only for a pooled connection that the server had closed before it got a byte of the message.
    maxRequeues: 1,
    connectionTimeout: options.connectionTimeoutMs,
    greetingTimeout: options.greetingTimeoutMs,
    socketTimeout: options.socketTimeoutMs,
    dnsTimeout: options.connectionTimeoutMs,
    // Content is content: it never names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  // Without a listener an error of an idle connection would end the process; each attempt tells its
  // own errors.
  pool.on("error", () => undefined);
  const hideLogin = (text: string) =>
    login === undefined ? text : text.replaceAll(login.password, "***");
  return {
    deliver: async (mail) => {
      try {
        return toTaken(await pool.sendMail(compose(mail, options.from)));
      } catch (error) {
        const report = toReport(error);
        return { ...report, answer: hideLogin(report.answer) };
      }
    },
    close: () => pool.close(),
  };
}

function compose(mail: Mail, from: Address): SendMailOptions {
  const thread =
    mail.inReplyTo === undefined ? {} : { inReplyTo: mail.inReplyTo, references: mail.inReplyTo };
  return {
    envelope: { from: from.address, to: [...mail.recipients] },
    // Copies: nodemailer writes into the addresses that it is given.
    from: { ...from },
    to: mail.to.map((each) => ({ ...each })),
    cc: mail.cc.map((each) => ({ ...each })),
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: mail.messageId,
    ...thread,
    // When it was written, not when it got through: attempts are the same mail, and Received
    // headers tell the rest.
    date: new Date(mail.acceptedMs),
    // RFC 3834: no vacation notes, please.
    headers: { "Auto-Submitted": "auto-generated" },
    xMailer: false,
  };
}

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

function toTaken(info: unknown): AttemptReport {
  const { response, rejectedErrors } = sentInfo.parse(info);
  const refusals = toRefusals(rejectedErrors);
  return { outcome: "taken", answer: toAnswer(response), refusals };
}

function toReport(thrown: unknown): AttemptReport {
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

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

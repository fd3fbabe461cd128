// Delivers through one SMTP server over a few connections that are kept open. The only file that
// knows nodemailer. It never retries: that is the outbox's work.

import type { Socket } from "node:net";
import { traceparentHeader } from "@hot-backup/kit/trace.ts";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { Address } from "../core/address.ts";
import type { AttemptReport } from "../core/outbox.ts";
import type { Mail, Transport } from "../ports.ts";
import { toReport, toTaken } from "./smtp-reports.ts";
import { openSocketSource, type SocketSource } from "./smtp-sockets.ts";

/** How long it may take to tell whether the server would take a message: somebody waits for it. */
const checkMsMax = 4_000;

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
  /** All of an attempt: a server that drips bytes is never silent, and never done. */
  readonly attemptTimeoutMs: number;
}

/** One connection and the mails that wait for it. */
interface Lane {
  /** Never rejects. */
  send(mail: Mail): Promise<AttemptReport>;
  waiting: number;
  /** Settles when the last mail so far has been dealt with. */
  last: Promise<unknown>;
  close(): void;
}

/** Opens nothing yet: the first mail connects. */
export function createSmtpTransport(options: SmtpOptions): Transport {
  const lanes = Array.from({ length: options.connectionsMax }, () => createLane(options));
  const scout = createScout(options);
  return {
    check: scout.check,
    deliver: (mail) => {
      const lane = lanes.reduce((best, each) => (each.waiting < best.waiting ? each : best));
      lane.waiting += 1;
      const report = lane.last.then(() => lane.send(mail));
      lane.last = report.then(() => {
        lane.waiting -= 1;
      });
      return report;
    },
    close: () => {
      for (const lane of lanes) lane.close();
      scout.close();
    },
  };
}

// A pool of one: only so can an attempt that takes too long be cut off by itself.
function createLane(options: SmtpOptions): Lane {
  const sockets = openSocketSource({ timeoutMs: options.connectionTimeoutMs });
  const pool = createPool(options, sockets);
  // Without a listener an error of an idle connection would end the process; each attempt tells its
  // own errors.
  pool.on("error", () => undefined);
  return {
    waiting: 0,
    last: Promise.resolve(),
    send: async (mail) => {
      const attempt = sockets.bound(options.attemptTimeoutMs);
      try {
        return toTaken(await pool.sendMail(compose(mail, options.from)));
      } catch (error) {
        const report = attempt.isOverdue ? overdue(options) : toReport(error);
        return { ...report, answer: hideLogin(report.answer, options) };
      } finally {
        attempt[Symbol.dispose]();
      }
    },
    close: () => {
      pool.close();
      sockets.destroy();
    },
  };
}

// Connects, greets, signs in and leaves, on a connection of its own: no mail waits behind it.
function createScout(options: SmtpOptions): Pick<Transport, "check" | "close"> {
  const sockets = openSocketSource({
    timeoutMs: Math.min(options.connectionTimeoutMs, checkMsMax),
  });
  const pool = createPool(options, sockets);
  pool.on("error", () => undefined);
  return {
    check: async () => {
      const attempt = sockets.bound(checkMsMax);
      try {
        await pool.verify();
        return "";
      } catch (error) {
        if (attempt.isOverdue) return `the server did not answer within ${checkMsMax} ms`;
        return hideLogin(toReport(error).answer, options);
      } finally {
        attempt[Symbol.dispose]();
      }
    },
    close: () => {
      pool.close();
      sockets.destroy();
    },
  };
}

type GiveSocket = (error: Error | null, found?: { connection: Socket }) => void;

function createPool(options: SmtpOptions, sockets: SocketSource) {
  const { host, port, isTls, login } = options;
  const isLocal = isLoopback(host);
  return createTransport({
    pool: true,
    host,
    port,
    secure: isTls,
    getSocket: (_: object, give: GiveSocket) => {
      sockets.open({ host, port }).then(
        (connection) => give(null, { connection }),
        (error: unknown) => give(error instanceof Error ? error : new Error(String(error))),
      );
    },
    // A password never crosses a network in the clear. On loopback nobody is in between, and nobody
    // has a certificate for 127.0.0.1 either.
    requireTLS: login !== undefined && !isLocal,
    tls: { rejectUnauthorized: !isLocal },
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    maxConnections: 1,
    // Only for a pooled connection that the server had closed before it got a byte of the message.
    maxRequeues: 1,
    connectionTimeout: options.connectionTimeoutMs,
    greetingTimeout: options.greetingTimeoutMs,
    socketTimeout: options.socketTimeoutMs,
    // Content is content: it never names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
}

function overdue({ attemptTimeoutMs }: SmtpOptions): AttemptReport {
  return { outcome: "unanswered", answer: `the server was not done after ${attemptTimeoutMs} ms` };
}

// An empty password is no secret: it would be found between all letters.
function hideLogin(text: string, { login }: SmtpOptions): string {
  return login === undefined || login.password === ""
    ? text
    : text.replaceAll(login.password, "***");
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
    headers: {
      // RFC 3834: no vacation notes, please.
      "Auto-Submitted": "auto-generated",
      // An empty one is left out.
      [traceparentHeader]: mail.traceparent,
    },
    xMailer: false,
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

// A real SMTP server that keeps what it is sent, and can be as unhelpful as SMTP servers are.

import type { Server, Socket } from "node:net";
import type { Readable } from "node:stream";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly subject: string;
  readonly text: string;
  readonly messageId: string | undefined;
  readonly inReplyTo: string | undefined;
  /** Header `traceparent`. */
  readonly traceparent: string | undefined;
  /** By the clock of this process, performance.now(). */
  readonly atMs: number;
  /**
   * Whether the sender was told that it was taken; if not, it must send again. Not so, too, when
   * the connection ended without a word after the answer: who knows whether that one was heard?
   */
  readonly isAnswered: boolean;
}

/**
 * What becomes of a mail after its last byte: it is taken; refused for now; or the connection ends
 * without an answer, with the mail taken (`lose_answer`) or not (`hang_up`).
 */
export type Manner = "take" | "defer" | "lose_answer" | "hang_up";

/** A mailbox that takes mail for anybody. */
export interface Mailbox extends AsyncDisposable {
  readonly mails: readonly ReceivedMail[];
  /** From now on; "take" at first. */
  behave(manner: Manner): void;
  /** Nobody listens, and every connection ends. Resolves when that is so. */
  close(): Promise<void>;
  /** Listens again after `close`. */
  reopen(): Promise<void>;
}

/** How a mailbox differs from one that takes mail from anybody on this machine. */
export interface MailboxOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Only who logs in like this may send, over STARTTLS. Absent: anybody may, without a login. */
  readonly login?: {
    readonly user: string;
    readonly password: string;
    readonly certificate: string;
    readonly key: string;
  };
  readonly onMail?: ((mail: ReceivedMail) => void) | undefined;
}

/** Listens for SMTP on a port. */
export async function openMailbox(port: number, options: MailboxOptions = {}): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  const sockets = new Map<number, Socket>();
  let manner: Manner = "take";
  const server = new SMTPServer({
    ...authentication(options.login),
    closeTimeout: 1,
    logger: false,
    onData: (stream, session, callback) => {
      const now = manner;
      parse(stream, now === "take").then((mail) => {
        if (now === "defer") return callback(deferral());
        if (now !== "hang_up") keep(mail);
        if (now !== "take") return hangUp(server, session.id);
        const socket = sockets.get(session.remotePort);
        if (socket !== undefined) doubtUnheard(mails, { mail, socket });
        callback();
      }, callback);
    },
  });
  const keep = (mail: ReceivedMail) => {
    mails.push(mail);
    options.onMail?.(mail);
  };
  // Clients that are killed in the middle of a mail are the point of this mailbox.
  server.on("error", () => undefined);
  server.server.on("connection", (socket: Socket) => {
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.on("close", () => sockets.delete(remotePort));
  });
  const listen = () => listenOn(server.server, { port, host: options.host ?? "127.0.0.1" });
  const close = () =>
    new Promise<void>((resolve) => {
      server.server.close(() => resolve());
      for (const each of sockets.values()) each.destroy();
    });
  await listen();
  return {
    mails,
    behave: (next) => {
      manner = next;
    },
    close,
    reopen: listen,
    [Symbol.asyncDispose]: close,
  };
}

function authentication(login: MailboxOptions["login"]): SMTPServerOptions {
  if (login === undefined) return { authOptional: true, disabledCommands: ["AUTH", "STARTTLS"] };
  return {
    cert: login.certificate,
    key: login.key,
    onAuth: ({ username, password }, _session, callback) => {
      const isKnown = username === login.user && password === login.password;
      callback(isKnown ? null : new Error("Unknown user or wrong password"), { user: username });
    },
  };
}

function listenOn(server: Server, address: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function parse(stream: Readable, isAnswered: boolean): Promise<ReceivedMail> {
  const { subject, text, messageId, inReplyTo, headers } = await simpleParser(stream);
  const traceparent = headers.get("traceparent");
  return {
    subject: subject ?? "",
    text: text ?? "",
    messageId,
    inReplyTo,
    traceparent: typeof traceparent === "string" ? traceparent : undefined,
    atMs: performance.now(),
    isAnswered,
  };
}

// A sender that gives up, or is cut off, just before it reads the answer leaves without a word; one
// that heard it goes on: with the next mail, or QUIT.
function doubtUnheard(
  mails: ReceivedMail[],
  { mail, socket }: { mail: ReceivedMail; socket: Socket },
): void {
  const heardBytes = socket.bytesRead;
  socket.once("close", () => {
    const index = mails.indexOf(mail);
    if (socket.bytesRead === heardBytes && index >= 0)
      mails[index] = { ...mail, isAnswered: false };
  });
}

function deferral(): Error {
  return Object.assign(new Error("come back later"), { responseCode: 451 });
}

function hangUp(server: SMTPServer, sessionId: string): void {
  for (const connection of server.connections) {
    if (connection.session.id === sessionId) connection.close();
  }
}

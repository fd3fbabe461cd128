// A real SMTP server that keeps what it is sent.

import type { Readable } from "node:stream";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly subject: string;
  readonly text: string;
  readonly messageId: string | undefined;
  readonly inReplyTo: string | undefined;
  /** By the clock of this process, performance.now(). */
  readonly atMs: number;
}

/** A mailbox that takes mail for anybody. */
export interface Mailbox extends AsyncDisposable {
  readonly mails: readonly ReceivedMail[];
}

/** Listens for SMTP on a port of 127.0.0.1. */
export async function openMailbox(
  port: number,
  onMail?: (mail: ReceivedMail) => void,
): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onData: (stream, _session, callback) => {
      keep(stream).then(() => callback(), callback);
    },
  });
  const keep = async (stream: Readable) => {
    const parsed = await simpleParser(stream);
    const mail = {
      subject: parsed.subject ?? "",
      text: parsed.text ?? "",
      messageId: parsed.messageId,
      inReplyTo: parsed.inReplyTo,
      atMs: performance.now(),
    };
    mails.push(mail);
    onMail?.(mail);
  };
  // Clients that are killed in the middle of a mail are the point of this mailbox.
  server.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    mails,
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
    },
  };
}

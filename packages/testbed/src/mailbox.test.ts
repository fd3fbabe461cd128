// What the mailbox knows of its senders, who may leave in the middle of a mail.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { openMailbox } from "./mailbox.ts";
import { chooseFreePorts } from "./ports.ts";

const mail = ["EHLO here", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA"];

/** Sends a mail and resolves when it was taken, with nothing said since. */
async function sendMail(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  // A reply may have several lines; the last has a space after its number.
  const reply = async () => {
    for (;;) {
      const { value } = await replies.next();
      if (value === undefined || /^\d{3} /.test(value)) return value;
    }
  };
  await reply();
  for (const line of [...mail, "Subject: hello\r\n\r\nhello\r\n."]) {
    socket.write(`${line}\r\n`);
    await reply();
  }
  return socket;
}

test("a mail is answered when its sender goes on, or says goodbye", async () => {
  const [port = 0] = await chooseFreePorts(1);
  await using mailbox = await openMailbox(port);
  const socket = await sendMail(port);
  socket.write("QUIT\r\n");
  await once(socket, "close");
  expect(mailbox.mails).toMatchObject([{ subject: "hello", isAnswered: true }]);
});

test("a mail is unanswered when its sender left without a word after the answer", async () => {
  const [port = 0] = await chooseFreePorts(1);
  await using mailbox = await openMailbox(port);
  const socket = await sendMail(port);
  expect(mailbox.mails).toMatchObject([{ isAnswered: true }]);
  socket.destroy();
  await vi.waitFor(() => expect(mailbox.mails).toMatchObject([{ isAnswered: false }]));
});

// The mailbox of the demonstration: takes the mails of the notify service, which must log in, and
// shows them to whoever looks.
//
//   :2525   SMTP          :8025/   the mails as text, the newest first       :8025/mails.json

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { openMailbox, type ReceivedMail } from "@hot-backup/testbed/mailbox.ts";

const smtpPort = 2525;
const httpPort = 8025;

/** Enough to scroll through. */
const shownMax = 100;

const secrets = "/run/secrets";

const read = (file: string) => readFileSync(`${secrets}/${file}`, "utf8").trimEnd();
const arrivals: { readonly at: string; readonly mail: ReceivedMail }[] = [];

await using _mailbox = await openMailbox(smtpPort, {
  host: "0.0.0.0",
  login: {
    user: "hot-backup",
    password: read("smtp-password"),
    certificate: read("tls/current/notify.crt"),
    key: read("tls/current/notify.key"),
  },
  onMail: (mail) => {
    arrivals.push({ at: new Date().toISOString(), mail });
    process.stdout.write(`${mail.subject}\n`);
  },
});

const pages = createServer((request, response) => {
  if (request.url === "/mails.json") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(arrivals.map(({ at, mail }) => ({ at, ...mail }))));
    return;
  }
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(printNewest());
});
pages.listen(httpPort);

await new Promise((resolve) => {
  process.once("SIGTERM", resolve);
});
pages.close();
pages.closeAllConnections();

function printNewest(): string {
  const newest = arrivals.slice(-shownMax).toReversed();
  if (newest.length === 0) return "No mail yet.\n";
  return newest.map(({ at, mail }) => `${at}  ${mail.subject}\n\n${mail.text}\n`).join("\n");
}

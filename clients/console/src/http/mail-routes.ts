// The ledger of a notify service, and a test of the way of a mail.

import { randomUUID } from "node:crypto";
import { Failure } from "@hot-backup/kit/errors.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { z } from "zod";
import { pick } from "../clients.ts";
import { toDeliveryView } from "../convert/mail-view.ts";
import { deliveryStateOf } from "../convert/words.ts";
import type { DeliveryView, MessageView } from "../view/mail.ts";
import type { ListPage } from "../view/signal.ts";
import type { Heard } from "../view/source.ts";
import { tellAction } from "./audit.ts";
import { decideWithinMs, readWithinMs } from "./deadlines.ts";
import type { App, Asked, Workplace } from "./env.ts";
import { operatorsOnly, personOf } from "./guards.ts";
import { listQuery, readBody, readQuery, readServer } from "./input.ts";

const states = listQuery({ state: z.enum(["QUEUED", "SENT", "FAILED"]).optional() });
const keyQuery = z.strictObject({ key: z.string().min(1).max(200) });
const testBody = z.strictObject({ to: z.string("must be an address").min(3).max(320) });

/**
 * A mail was written by others. It is shown in a frame of the page, and there it runs nothing,
 * loads nothing, sends nothing and leads nowhere.
 */
const mailHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "sandbox",
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src data:",
    "frame-ancestors 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; "),
  "x-frame-options": "SAMEORIGIN",
};

/** What a route of a notify service begins with. */
interface AskedNotify {
  readonly notify: NotifyServiceClient;
  readonly heard: () => Heard;
}

export function addMailRoutes(app: App, workplace: Workplace): void {
  app.get("/api/mail/:notify", async (asked) => {
    const { notify, heard } = askedNotify(asked, workplace);
    const { state, page: pageToken, size: pageSize } = readQuery(asked, states);
    const request = { state: deliveryStateOf(state), pageToken, pageSize };
    const options = { what: "Cannot list mail", deadlineMs: readWithinMs };
    const told = await call(notify.listDeliveries.bind(notify), request, options);
    const entries = told.deliveries.map((each) => toDeliveryView(each, heard()));
    return asked.json({ entries, nextPage: told.nextPageToken } satisfies ListPage<DeliveryView>);
  });
  app.get("/api/mail/:notify/message", async (asked) => {
    const { key } = readQuery(asked, keyQuery);
    const { delivery, html } = await readMail(askedNotify(asked, workplace), key);
    return asked.json({ ...delivery, hasHtml: html !== "" } satisfies MessageView);
  });
  app.get("/api/mail/:notify/html", async (asked) => {
    const { key } = readQuery(asked, keyQuery);
    const { html } = await readMail(askedNotify(asked, workplace), key);
    return asked.body(html, 200, mailHeaders);
  });
  app.post("/api/mail/:notify/test", operatorsOnly, async (asked) => {
    const { to } = await readBody(asked, testBody);
    const { name } = personOf(asked);
    const told = { name, action: "test mail", subject: to };
    const from = askedNotify(asked, workplace);
    return asked.json(await tellAction(workplace.log, told, () => sendTest(from, { to, name })));
  });
}

function askedNotify(asked: Asked, { clients, nowMs }: Workplace): AskedNotify {
  const server = readServer(asked, "notify");
  const notify = pick(clients.notifies, { service: "notify", server });
  return { notify, heard: () => ({ toldBy: server, heardAtMs: nowMs() }) };
}

async function readMail(
  { notify, heard }: AskedNotify,
  idempotencyKey: string,
): Promise<{ readonly delivery: DeliveryView; readonly html: string }> {
  const options = { what: "Cannot tell the mail", deadlineMs: readWithinMs };
  const method = notify.getDelivery.bind(notify);
  const { delivery, html } = await call(method, { idempotencyKey }, options);
  if (delivery !== undefined) return { delivery: toDeliveryView(delivery, heard()), html };
  const message = "Cannot tell the mail: the notify service does not know it";
  throw new Failure("not_found", { message, reason: "UNKNOWN_KEY" });
}

// It is queued; what becomes of it the page sees.
async function sendTest(
  asked: AskedNotify,
  { to, name }: { to: string; name: string },
): Promise<DeliveryView> {
  const { notify } = asked;
  const idempotencyKey = `console-test-${randomUUID()}`;
  const written = {
    subject: "[Hot Backup] test",
    text: `This is a test, asked for by ${name}: mails of Hot Backup arrive here.\n`,
    html: "",
  };
  const content = { $case: "written", value: written } as const;
  const request = { idempotencyKey, to: [to], cc: [], content, thread: "" };
  const options = { what: `Cannot send a test to ${to}`, deadlineMs: decideWithinMs };
  await call(notify.sendEmail.bind(notify), request, options);
  const { delivery } = await readMail(asked, idempotencyKey);
  return delivery;
}

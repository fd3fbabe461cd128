// What a notify service tells: its newest mail, and whether the SMTP server would take any.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import type { HealthClient } from "@hot-backup/proto/grpc/health/v1/health.ts";
import {
  type Delivery,
  DeliveryState,
  type NotifyServiceClient,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { toDeliveryView, toTransportView } from "../convert/mail-view.ts";
import type { DeliveryView, TransportView } from "../view/mail.ts";
import type { Link } from "./attempt.ts";
import type { SourceContext } from "./keep-source.ts";
import { repeat, watchHealth } from "./repeat.ts";

/** Mails that a page is told when it comes; it asks for older ones. */
const newestMax = 50;

const mailEveryMs = 500;

/** A check opens a connection to the SMTP server, or tells what the last one found. */
const transportEveryMs = 5000;

const mailWithinMs = 3000;
const transportWithinMs = 20_000;

/** Asks a notify service until the link is over, or it does not answer. */
export async function followNotify(
  { board, server: toldBy, nowMs }: SourceContext,
  given: { notify: NotifyServiceClient; health: HealthClient; link: Link },
): Promise<void> {
  const { notify, health, link } = given;
  const { signal } = link;
  let transport: TransportView | undefined;
  let newest: readonly DeliveryView[] = [];
  const tell = () => board.mails.put({ toldBy, heardAtMs: nowMs(), newest, transport });
  const list = notify.listDeliveries.bind(notify);
  const readMail = async () => {
    const state = DeliveryState.DELIVERY_STATE_UNSPECIFIED;
    const request = { state, pageSize: newestMax, pageToken: "" };
    const options = { what: "Cannot list its mail", deadlineMs: mailWithinMs, signal };
    const { deliveries } = await call(list, request, options);
    const views = deliveries.map((each: Delivery) => {
      // A page asks for the text of the one that it shows.
      return { ...toDeliveryView(each, { toldBy, heardAtMs: nowMs() }), text: "" };
    });
    const isNews = !link.signal.aborted && printAll(views) !== printAll(newest);
    newest = views;
    if (isNews) tell();
  };
  const check = notify.checkTransport.bind(notify);
  const readTransport = async () => {
    const options = { what: "Cannot check its transport", deadlineMs: transportWithinMs, signal };
    // That the service is there is asked apart: here a failure means that nobody knows.
    transport = await call(check, {}, options).then(toTransportView, () => undefined);
    if (!signal.aborted) tell();
  };
  await readMail();
  tell();
  link.caughtUp();
  await Promise.race([
    watchHealth(link, health),
    repeat(link, mailEveryMs, readMail),
    repeat(link, transportEveryMs, readTransport),
  ]);
}

// Without the instants at which it was told, which say nothing new.
function printAll(views: readonly DeliveryView[]): string {
  return JSON.stringify(views.map((each) => ({ ...each, heardAtMs: 0, asOfMs: 0 })));
}

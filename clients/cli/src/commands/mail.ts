// `mail`: what became of each message.

import { listAll } from "@hot-backup/client/pages.ts";
import { Delivery, DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { InvalidArgumentError } from "commander";
import { limitOption } from "../fields.ts";
import { printDelivery, readDelivery } from "../mails.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printInstant } from "../text/ages.ts";
import { printNotedTable } from "../text/table.ts";
import { deliveryWord } from "../text/words.ts";
import { addMailTest } from "./mail-test.ts";

export const addMail: AddCommand = (program, run) => {
  const group = program.command("mail").description("the ledger of mails");
  group
    .command("list")
    .description("every mail: queued, sent or failed, with what the SMTP server said")
    .option("--state <state>", "only queued, sent or failed", parseState)
    .addOption(limitOption())
    .action((options: { state?: DeliveryState; limit: number }) =>
      run((session) => listMails(session, options)),
    );
  group
    .command("show")
    .description("one mail as it was sent, and what became of it")
    .argument("<key>", "its key, as list tells it")
    .action((key: string) => run((session) => showMail(session, key)));
  addMailTest(group, run);
};

function parseState(text: string): DeliveryState {
  switch (text.toLowerCase()) {
    case "queued":
      return DeliveryState.DELIVERY_STATE_QUEUED;
    case "sent":
      return DeliveryState.DELIVERY_STATE_SENT;
    case "failed":
      return DeliveryState.DELIVERY_STATE_FAILED;
    default:
      throw new InvalidArgumentError("It must be queued, sent or failed.");
  }
}

async function listMails(
  { services, output }: Session,
  options: { state?: DeliveryState; limit: number },
): Promise<undefined> {
  const { notify } = services;
  const state = options.state ?? DeliveryState.DELIVERY_STATE_UNSPECIFIED;
  const deliveries = await listAll(async (page) => {
    const list = notify.listDeliveries.bind(notify);
    const answer = await read(list, { state, ...page }, "Cannot list mails");
    return { entries: answer.deliveries, nextPageToken: answer.nextPageToken };
  }, options.limit);
  if (output.isJson) {
    output.document({ deliveries: deliveries.map((each) => Delivery.toJSON(each)) });
    return undefined;
  }
  const rows = deliveries.map((each) => [
    printInstant(each.acceptedAt),
    deliveryWord(each.state),
    String(each.attempts),
    each.subject,
  ]);
  const beside = deliveries.map(({ idempotencyKey, lastAnswer }) => {
    return `${idempotencyKey}: ${lastAnswer || "no attempt has ended yet"}`;
  });
  const heading = ["ACCEPTED", "STATE", "ATTEMPTS", "SUBJECT"];
  output.lines(printNotedTable({ heading, rows, beside }, output.paint));
}

async function showMail({ services, output }: Session, key: string): Promise<undefined> {
  const delivery = await readDelivery(services, key);
  if (output.isJson) output.document(Delivery.toJSON(delivery));
  else output.lines(printDelivery(delivery));
}

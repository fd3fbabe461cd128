// One mail of the ledger: read, and as lines for people.

import { Delivery } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { read, type Services } from "./services.ts";
import { printInstant } from "./text/ages.ts";
import { type Fact, printFacts } from "./text/facts.ts";
import { printable } from "./text/printable.ts";
import { deliveryWord } from "./text/words.ts";

export async function readDelivery(
  { notify }: Services,
  idempotencyKey: string,
): Promise<Delivery> {
  const method = notify.getDelivery.bind(notify);
  const what = `Cannot tell the mail ${idempotencyKey}`;
  const { delivery } = await read(method, { idempotencyKey }, what);
  return delivery ?? Delivery.create();
}

/** What became of it, and then the mail itself. */
export function printDelivery(delivery: Delivery): string[] {
  const facts: readonly Fact[] = [
    ["state", `${deliveryWord(delivery.state).text} as of ${printInstant(delivery.asOf)}`],
    ["key", delivery.idempotencyKey],
    ["message id", delivery.messageId],
    ["trace", delivery.traceId || "-"],
    ["to", delivery.recipients.join(", ")],
    ["refused", delivery.refusedRecipients.join(", ") || "-"],
    ["accepted", printInstant(delivery.acceptedAt)],
    ["settled", printInstant(delivery.settledAt)],
    ["next attempt", printInstant(delivery.nextAttemptAt)],
    ["attempts", String(delivery.attempts)],
    ["last answer", delivery.lastAnswer || "-"],
    ["subject", delivery.subject],
  ];
  return [...printFacts(facts), "", ...delivery.text.trimEnd().split("\n").map(printable)];
}

// What the notify service tells in numbers: of its outbox as it is, and of deliveries in this life.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { familiesOf, type Family, type FamilyOf } from "@hot-backup/kit/metric-family.ts";
import type { DeliveryMeter } from "./delivery-meter.ts";
import type { Ledger } from "./ports.ts";

interface NotifySources {
  readonly ledger: Pick<Ledger, "queue">;
  readonly meter: DeliveryMeter;
  readonly outboxMax: number;
  readonly clock: Pick<Clock, "wallMs">;
}

export function notifyFamilies(sources: NotifySources): readonly Family[] {
  return familiesOf(sources, table);
}

const table: readonly FamilyOf<NotifySources>[] = [
  {
    type: "gauge",
    name: "hot_backup_mail_queued",
    help: "Mails in the outbox that have not been delivered yet",
    read: ({ ledger }) => [{ value: ledger.queue().count }],
  },
  {
    type: "gauge",
    name: "hot_backup_mail_queue_max",
    help: "Most mails that may wait; beyond it SendEmail is refused",
    read: ({ outboxMax }) => [{ value: outboxMax }],
  },
  {
    type: "gauge",
    name: "hot_backup_mail_oldest_seconds",
    help: "Age of the oldest mail that waits; 0: none does. Rising: look at the SMTP server",
    read: ({ ledger, clock }) => {
      const { oldestMs } = ledger.queue();
      const ageMs = oldestMs === undefined ? 0 : clock.wallMs() - oldestMs;
      return [{ value: Math.max(0, ageMs) / 1000 }];
    },
  },
  {
    type: "counter",
    name: "hot_backup_mail_attempts_total",
    help: "Attempts by outcome; unanswered: not connected, not logged in, or no answer",
    labels: ["outcome"],
    *read({ meter }) {
      for (const [outcome, value] of Object.entries(meter.attempts)) {
        yield { labels: [outcome], value };
      }
    },
  },
  {
    type: "counter",
    name: "hot_backup_mail_settled_total",
    help: "Mails that came to an end: sent, sent to some only (partly), or failed for good",
    labels: ["outcome"],
    *read({ meter }) {
      for (const [outcome, value] of Object.entries(meter.settled)) {
        yield { labels: [outcome], value };
      }
    },
  },
  {
    type: "histogram",
    name: "hot_backup_mail_delivery_seconds",
    help: "From SendEmail to the server's word that it has the mail",
    read: ({ meter }) => [{ histogram: meter.latencies }],
  },
];

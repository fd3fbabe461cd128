// Mail, and the heartbeat service's own words, as views.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { GetHeartbeatStatusResponse } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import type {
  CheckTransportResponse,
  Delivery,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import type { DeliveryView, TransportView } from "../view/mail.ts";
import type { HeartbeatView } from "../view/pulse.ts";
import type { Heard } from "../view/source.ts";
import { instantMs, toldInstantMs } from "./instant.ts";
import { deliveryStateWord, streamStateWord } from "./words.ts";

export function toDeliveryView(delivery: Delivery, heard: Heard): DeliveryView {
  return {
    ...heard,
    key: delivery.idempotencyKey,
    messageId: delivery.messageId,
    state: deliveryStateWord(delivery.state),
    recipients: delivery.recipients,
    refusedRecipients: delivery.refusedRecipients,
    subject: delivery.subject,
    text: delivery.text,
    attempts: delivery.attempts,
    lastAnswer: delivery.lastAnswer,
    acceptedAtMs: instantMs(delivery.acceptedAt),
    settledAtMs: instantMs(delivery.settledAt),
    nextAttemptAtMs: instantMs(delivery.nextAttemptAt),
    thread: delivery.thread,
    asOfMs: toldInstantMs(delivery.asOf),
    traceId: delivery.traceId,
  };
}

export function toTransportView(told: CheckTransportResponse): TransportView {
  const { answers, problem, queued, oldestQueued, asOf } = told;
  const oldestQueuedMs = toMilliseconds(oldestQueued);
  return { answers, problem, queued, oldestQueuedMs, asOfMs: toldInstantMs(asOf) };
}

export function toHeartbeatView(told: GetHeartbeatStatusResponse, heard: Heard): HeartbeatView {
  return {
    ...heard,
    serverId: told.serverId,
    state: streamStateWord(told.state),
    monitor: told.monitor,
    intervalMs: toMilliseconds(told.interval) ?? 0,
    roundTripMs: toMilliseconds(told.roundTrip),
    sinceAnswerMs: toMilliseconds(told.sinceLastAnswer),
    streams: Number(told.streams),
    isChannelsAnswering: told.channelsAnswering,
    unfitBecause: told.unfitBecause,
    lastError: told.lastError,
    asOfMs: toldInstantMs(told.asOf),
  };
}

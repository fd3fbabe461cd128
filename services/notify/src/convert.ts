// The only place where generated types and core types meet. Translates; checks nothing that the
// core checks.

import {
  type Delivery,
  DeliveryState as WireState,
  type SendEmailRequest,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import type { Content, EmailRequest, TemplateValues } from "./core/email.ts";
import { type Message, recipientsOf } from "./core/message.ts";
import type { DeliveryState } from "./core/outbox.ts";
import { traceIdOf } from "./message-trace.ts";

/** A request as the core checks it. */
export function toEmailRequest(request: SendEmailRequest): EmailRequest {
  const { idempotencyKey: key, to, cc, thread } = request;
  return { key, to, cc, thread, content: toContent(request.content) };
}

/** A filter: undefined for all, "unknown" for a number that is no state. */
export function toStateFilter(state: WireState): DeliveryState | "unknown" | undefined {
  switch (state) {
    case WireState.DELIVERY_STATE_UNSPECIFIED:
      return undefined;
    case WireState.DELIVERY_STATE_QUEUED:
      return "queued";
    case WireState.DELIVERY_STATE_SENT:
      return "sent";
    case WireState.DELIVERY_STATE_FAILED:
      return "failed";
    case WireState.UNRECOGNIZED:
      return "unknown";
  }
  // proto3 enums are open: any other number arrives as it was sent.
  return "unknown";
}

/** A message as its ledger entry, as of an instant. */
export function toDelivery(message: Message, wallMs: number): Delivery {
  const { progress } = message;
  return {
    idempotencyKey: message.key,
    messageId: message.messageId,
    state: wireStates[progress.state],
    recipients: recipientsOf(message),
    subject: message.subject,
    text: message.text,
    attempts: progress.attempts,
    lastAnswer: progress.lastAnswer,
    acceptedAt: new Date(progress.acceptedMs),
    settledAt: progress.state === "queued" ? undefined : new Date(progress.settledMs),
    nextAttemptAt: progress.state === "queued" ? new Date(progress.nextAttemptMs) : undefined,
    thread: message.thread,
    // Where nobody was reached, the state and the last answer say it all.
    refusedRecipients: progress.hasTaken ? progress.refused : [],
    asOf: new Date(wallMs),
    traceId: traceIdOf(message),
  };
}

const wireStates = {
  queued: WireState.DELIVERY_STATE_QUEUED,
  sent: WireState.DELIVERY_STATE_SENT,
  failed: WireState.DELIVERY_STATE_FAILED,
} as const;

function toContent(content: SendEmailRequest["content"]): Content | undefined {
  switch (content?.$case) {
    case "written": {
      const { subject, text, html } = content.value;
      return { kind: "written", subject, text, html: html === "" ? undefined : html };
    }
    case "template": {
      // A Struct holds nothing but what TemplateValues names.
      const values: TemplateValues = content.value.values ?? {};
      return { kind: "template", name: content.value.name, values };
    }
    case undefined:
      return undefined;
  }
}

// The gRPC face of the outbox: checks, accepts, and reads the ledger.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Failure, invalidInput } from "@hot-backup/kit/errors.ts";
import { failpoint } from "@hot-backup/kit/failpoint.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type { Served } from "@hot-backup/kit/grpc-serve.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { Trace } from "@hot-backup/kit/trace.ts";
import {
  type CheckTransportResponse,
  type GetDeliveryRequest,
  type GetDeliveryResponse,
  type NotifyServiceServer,
  NotifyServiceService,
  type SendEmailRequest,
  type SendEmailResponse,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { toDelivery, toEmailRequest } from "../convert.ts";
import {
  type Checked,
  checkEmail,
  checkKey,
  type Content,
  type Email,
  type Written,
} from "../core/email.ts";
import { fingerprintOf, messageIdOf } from "../identity.ts";
import { recordAcceptance, traceparentOf } from "../message-trace.ts";
import type { Ledger } from "../ports.ts";
import type { TransportCheck } from "../transport-check.ts";
import { listDeliveries } from "./list-deliveries.ts";

export interface NotifyServiceOptions {
  readonly ledger: Ledger;
  /** Finishes a content: templates become subject, text and HTML. */
  readonly write: (content: Content) => Checked<Written>;
  readonly clock: Pick<Clock, "wallMs">;
  readonly log: Logger;
  /** Right side of Message-IDs. */
  readonly domain: string;
  readonly outboxMax: number;
  readonly transport: Pick<TransportCheck, "ask">;
  /** Called after something was accepted. */
  readonly wake: () => void;
}

/** The service, ready to be served. */
export function createNotifyService(options: NotifyServiceOptions): Served {
  const { log } = options;
  const implementation: NotifyServiceServer = {
    sendEmail: unary(log, (request, { trace }) => sendEmail(request, trace, options)),
    getDelivery: unary(log, (request) => getDelivery(request, options)),
    listDeliveries: unary(log, (request) => listDeliveries(request, options)),
    checkTransport: unary(log, () => checkTransport(options)),
  };
  return { definition: NotifyServiceService, implementation };
}

function sendEmail(
  request: SendEmailRequest,
  trace: Trace | undefined,
  options: NotifyServiceOptions,
): SendEmailResponse {
  const { ledger } = options;
  const email = valid(checkEmail(toEmailRequest(request)));
  const fingerprint = fingerprintOf(email);
  const known = ledger.findKey(email.key);
  // Before the template runs: a repeated request is repeated whatever has become of its template.
  if (known?.fingerprint === fingerprint) return { messageId: known.messageId, repeated: true };
  return accept(email, { fingerprint, trace }, options);
}

function accept(
  email: Email,
  { fingerprint, trace }: { fingerprint: string; trace: Trace | undefined },
  options: NotifyServiceOptions,
): SendEmailResponse {
  const { ledger, domain, outboxMax } = options;
  const { key, to, cc, thread } = email;
  const messageId = messageIdOf(key, { storeId: ledger.storeId, domain });
  const traceparent = traceparentOf(trace);
  const written = valid(options.write(email.content));
  const letter = { key, messageId, to, cc, thread, traceparent, ...written };
  const nowMs = options.clock.wallMs();
  switch (ledger.accept({ letter, fingerprint, nowMs, outboxMax })) {
    case "accepted":
      failpoint("notify.message_stored");
      recordAcceptance(trace, { key, beganMs: nowMs, endedMs: options.clock.wallMs() });
      options.wake();
      return { messageId, repeated: false };
    case "repeated":
      return { messageId, repeated: true };
    case "key_reused":
      throw new Failure("already_exists", {
        message: `Cannot accept e-mail "${key}": the key belongs to other content`,
        reason: "KEY_REUSED",
        metadata: { idempotency_key: key },
      });
    case "outbox_full":
      throw new Failure("exhausted", {
        message: `Cannot accept e-mail "${key}": ${outboxMax} messages wait in the outbox`,
        reason: "OUTBOX_FULL",
        metadata: { outbox_max: String(outboxMax) },
      });
  }
}

function getDelivery(
  { idempotencyKey }: GetDeliveryRequest,
  { ledger, clock }: NotifyServiceOptions,
): GetDeliveryResponse {
  const problems = checkKey(idempotencyKey);
  if (problems.length > 0) throw invalidInput(problems);
  const message = ledger.find(idempotencyKey);
  if (message !== undefined) {
    return { delivery: toDelivery(message, clock.wallMs()), html: message.html ?? "" };
  }
  throw new Failure("not_found", {
    message: `Cannot tell the delivery of "${idempotencyKey}": no such message`,
    reason: "UNKNOWN_KEY",
    metadata: { idempotency_key: idempotencyKey },
  });
}

// What waits is counted when it is told: the age of an answer of the server is not its age.
async function checkTransport({
  ledger,
  transport,
  clock,
}: NotifyServiceOptions): Promise<CheckTransportResponse> {
  const { problem, wallMs } = await transport.ask();
  const { count, oldestMs } = ledger.queue();
  const waitedMs = oldestMs === undefined ? undefined : Math.max(0, clock.wallMs() - oldestMs);
  return {
    answers: problem === "",
    problem,
    queued: count,
    oldestQueued: waitedMs === undefined ? undefined : toDuration(waitedMs),
    asOf: new Date(wallMs),
  };
}

function valid<T>(checked: Checked<T>): T {
  if (checked.isValid) return checked.value;
  throw invalidInput(checked.problems);
}

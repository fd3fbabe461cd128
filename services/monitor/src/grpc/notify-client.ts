// The client of the notify service. It has a mail in its outbox before it answers, so a short
// deadline is enough, and the same mail can be handed over again under its key.

import { status as Code } from "@grpc/grpc-js";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import type { SecureTarget } from "@hot-backup/kit/tls-dial.ts";
import { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import type { MailCheck } from "../core/standby-readiness.ts";
import type { Email, EmailAnswer, Notifier } from "../ports.ts";
import { checkMail } from "./standby-checks.ts";

/** One commit of the outbox, on a machine that is busy taking over. */
const deadlineMs = 5000;

/** A notifier that can tell whether mail would go out. Never rejects. */
export interface CheckedNotifier extends Notifier {
  check(): Promise<MailCheck>;
}

/** The notify service at `address`. Closed by disposing of it. */
export function openNotifier(address: string, secure?: SecureTarget): CheckedNotifier & Disposable {
  const client = dial(NotifyServiceClient, address, secure);
  client.getChannel().getConnectivityState(true);
  return {
    sendEmail: (email, signal) => sendEmail(client, email, signal),
    check: () => checkMail(client),
    [Symbol.dispose]: () => client.close(),
  };
}

/** Where no notify service is configured. No flow asks it then: configuration sees to that. */
export const noNotifier: CheckedNotifier = {
  check: () =>
    Promise.resolve({
      kind: "failed",
      why: "unreachable",
      error: "No notify service is configured",
    }),
  sendEmail: () =>
    Promise.resolve({
      kind: "refused",
      error: "Cannot send mail: no notify service is configured",
    }),
};

async function sendEmail(
  client: NotifyServiceClient,
  email: Email,
  signal: AbortSignal,
): Promise<EmailAnswer> {
  const { idempotencyKey, to, cc, thread, trace } = email;
  const template = { name: email.template, values: email.values };
  try {
    await call(
      client.sendEmail.bind(client),
      { idempotencyKey, to, cc, thread, content: { $case: "template", value: template } },
      { what: `Cannot hand over the mail "${email.template}"`, deadlineMs, signal, trace },
    );
    return { kind: "accepted" };
  } catch (error) {
    // An earlier attempt got through and only its answer was lost; the mail has told more since.
    if (error instanceof CallFailed && error.reason === "KEY_REUSED") return { kind: "accepted" };
    const message = error instanceof Error ? error.message : String(error);
    return { kind: isRefusal(error) ? "refused" : "failed", error: message };
  }
}

// The mail itself is at fault: the same one would be refused again.
function isRefusal(error: unknown): boolean {
  return error instanceof CallFailed && error.code === Code.INVALID_ARGUMENT;
}

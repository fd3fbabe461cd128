// `mail test`: whether a mail would arrive now, shown by one.

import { randomUUID } from "node:crypto";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { listenForStop, sleep } from "@hot-backup/kit/stop.ts";
import { Delivery, DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { Complaint } from "../complaint.ts";
import { exitCodes } from "../exit-code.ts";
import { printDelivery, readDelivery } from "../mails.ts";
import type { AddCommand } from "../program.ts";
import { decidingMs, type Services } from "../services.ts";
import type { Session } from "../session.ts";

/** Longest wait for the SMTP server to take a test: an attempt and a repetition. */
const testMs = 60_000;

const lookEveryMs = 200;

export const addMailTest: AddCommand = (group, run) => {
  group
    .command("test")
    .description("send a mail, and wait until the SMTP server has taken it")
    .requiredOption("--to <address>", "who gets it")
    .action((options: { to: string }) => run((session) => sendTest(session, options.to)));
};

async function sendTest({ services, output }: Session, to: string): Promise<undefined> {
  const { notify } = services;
  const idempotencyKey = `cli-test-${randomUUID()}`;
  const written = {
    subject: "[Hot Backup] test",
    text: "This is a test: mails of Hot Backup arrive here.\n",
    html: "",
  };
  const request = {
    idempotencyKey,
    to: [to],
    cc: [],
    content: { $case: "written", value: written } as const,
    thread: "",
  };
  const method = notify.sendEmail.bind(notify);
  await call(method, request, { what: `Cannot send a test to ${to}`, deadlineMs: decidingMs });
  const delivery = await untilSettled(services, idempotencyKey);
  if (output.isJson) output.document(Delivery.toJSON(delivery));
  else output.lines(printDelivery(delivery));
  if (delivery.state === DeliveryState.DELIVERY_STATE_SENT) return undefined;
  throw notSent(delivery);
}

function notSent({ state, lastAnswer }: Delivery): Complaint {
  const isFailed = state === DeliveryState.DELIVERY_STATE_FAILED;
  const message = isFailed
    ? `The SMTP server does not take the test: ${lastAnswer}`
    : `The test is still queued: ${lastAnswer || "no attempt has ended yet"}`;
  return new Complaint(message, {
    exitCode: exitCodes.failed,
    reason: isFailed ? "MAIL_FAILED" : "MAIL_QUEUED",
    next: "see that smtp of notify names a server that works; hot-backup mail list tells more",
  });
}

// Ends early when the operator has seen enough.
async function untilSettled(services: Services, key: string): Promise<Delivery> {
  const stop = listenForStop();
  const deadlineMs = performance.now() + testMs;
  for (;;) {
    const delivery = await readDelivery(services, key);
    const isQueued = delivery.state === DeliveryState.DELIVERY_STATE_QUEUED;
    if (!isQueued || stop.aborted || performance.now() >= deadlineMs) return delivery;
    await sleep(lookEveryMs, stop);
  }
}

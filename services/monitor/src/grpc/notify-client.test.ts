import { expect, onTestFinished, test } from "vitest";
import { Failure, invalidInput } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import {
  NotifyServiceService,
  type SendEmailRequest,
  type SendEmailResponse,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { noNotifier, openNotifier } from "./notify-client.ts";

const log = openLog("test", { server: "test", level: "fatal" });
const never = new AbortController().signal;
const email = {
  idempotencyKey: "journal/run/1",
  to: ["ops@example.org"],
  cc: ["anna@example.org"],
  template: "signal",
  values: { server: "primary-1", term: 7, isTold: true, channels: [{ name: "orders" }] },
  thread: "incident-1",
};

async function connectTo(sendEmail: (request: SendEmailRequest) => Promise<SendEmailResponse>) {
  const implementation = { sendEmail: unary(log, sendEmail) };
  const server = await serve("127.0.0.1:0", {
    services: [{ definition: NotifyServiceService, implementation }],
    log,
  });
  onTestFinished(() => server.close(0));
  const notifier = openNotifier(server.address);
  onTestFinished(() => notifier[Symbol.dispose]());
  return notifier;
}

test("a mail arrives whole, with its key, its thread and the values of its template", async () => {
  const seen: SendEmailRequest[] = [];
  const notifier = await connectTo((request) => {
    seen.push(request);
    return Promise.resolve({ messageId: "<1@x>", repeated: false });
  });
  expect(await notifier.sendEmail(email, never)).toEqual({ kind: "accepted" });
  expect(seen).toEqual([
    {
      idempotencyKey: email.idempotencyKey,
      to: email.to,
      cc: email.cc,
      thread: email.thread,
      content: { $case: "template", value: { name: "signal", values: email.values } },
    },
  ]);
});

test.each([
  ["refused", "bad input", invalidInput([{ field: "to", description: "is no address" }])],
  ["failed", "a full outbox", new Failure("exhausted", { message: "full", reason: "FULL" })],
  ["failed", "an outage", new Failure("unavailable", { message: "down", reason: "DOWN" })],
  ["failed", "a bug", new Error("oops")],
])("a mail is %s for %s", async (kind, _, failure) => {
  const notifier = await connectTo(() => Promise.reject(failure));
  expect(await notifier.sendEmail(email, never)).toEqual({
    kind,
    error: expect.stringMatching(/^Cannot hand over the mail "signal": ./),
  });
});

test("a mail whose key notify knows was accepted before, when its answer was lost", async () => {
  const known = new Failure("already_exists", { message: "known", reason: "KEY_REUSED" });
  const notifier = await connectTo(() => Promise.reject(known));
  expect(await notifier.sendEmail(email, never)).toEqual({ kind: "accepted" });
});

test("a mail to a service that is not there has failed, and may be tried again", async () => {
  const server = await serve("127.0.0.1:0", { services: [], log });
  await server.close(0);
  using notifier = openNotifier(server.address);
  expect(await notifier.sendEmail(email, never)).toMatchObject({ kind: "failed" });
});

test("a mail that is cancelled is not waited for", async () => {
  const cancel = new AbortController();
  const notifier = await connectTo(() => {
    cancel.abort();
    return new Promise(() => {});
  });
  expect(await notifier.sendEmail(email, cancel.signal)).toMatchObject({ kind: "failed" });
});

test("without a notify service every mail is refused", async () => {
  expect(await noNotifier.sendEmail(email, never)).toMatchObject({ kind: "refused" });
});

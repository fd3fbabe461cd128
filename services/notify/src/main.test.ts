// The service as a process: started, killed and stopped as in life.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import {
  type Delivery,
  DeliveryState,
  NotifyServiceClient,
  SendEmailRequest,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type NotifyProcess, spawnMain, startNotifyProcess } from "./notify-process.fixture.ts";
import { openScriptedSmtp, type ScriptedSmtp } from "./transports/scripted-smtp.fixture.ts";

type Notify = NotifyProcess & { readonly client: NotifyServiceClient };

let folder: string;
let smtp: ScriptedSmtp;
const started: Notify[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "notify-main-"));
  smtp = await openScriptedSmtp();
});
afterEach(async () => {
  for (const { client, end } of started.splice(0)) {
    client.close();
    await end("SIGKILL");
  }
  await smtp[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function writeInstance(fields: object = {}): string {
  const notify = {
    listen: "127.0.0.1:0",
    smtp: `smtp://127.0.0.1:${smtp.port}`,
    from: "Hot Backup <hb@example.org>",
    retry: { first: "20ms", max: "100ms" },
    timeouts: { stop: "500ms" },
    ...fields,
  };
  const file = join(folder, "instance.yaml");
  const instance = {
    server: "backup-1",
    group: "g",
    dataFolder: "data",
    logLevel: "trace",
    notify,
  };
  writeFileSync(file, JSON.stringify(instance));
  return file;
}

async function startNotify(fields: object = {}): Promise<Notify> {
  const child = await startNotifyProcess(writeInstance(fields));
  const notify = { ...child, client: dial(NotifyServiceClient, child.address) };
  started.push(notify);
  return notify;
}

const options = { what: "call", deadlineMs: 10_000 };

function send({ client }: Notify, key: string, to: string[] = ["anna@example.org"]) {
  const value = { subject: key, text: `Text of ${key}` };
  const request = { idempotencyKey: key, to, content: { $case: "written", value } } as const;
  return call(client.sendEmail.bind(client), SendEmailRequest.fromPartial(request), options);
}

async function get({ client }: Notify, key: string): Promise<Delivery | undefined> {
  const request = { idempotencyKey: key };
  return (await call(client.getDelivery.bind(client), request, options)).delivery;
}

const until = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

async function expectSent(notify: Notify, key: string): Promise<void> {
  await until(async () => {
    expect((await get(notify, key))?.state).toBe(DeliveryState.DELIVERY_STATE_SENT);
  });
}

const takenIds = () => smtp.taken.map(({ mail }) => mail.messageId);

test("a mail is delivered, and SIGTERM ends the service with 0", async () => {
  const notify = await startNotify();
  const { messageId } = await send(notify, "k1");
  await expectSent(notify, "k1");
  expect(takenIds()).toEqual([messageId]);
  expect(await notify.end("SIGTERM")).toBe(0);
});

test("a server that refuses for now, hangs up and then takes gets a mail once", async () => {
  smtp.follow({ data: (count) => [451, "drop", "take"][count - 1] as number | "drop" | "take" });
  const notify = await startNotify();
  const { messageId } = await send(notify, "k1");
  await expectSent(notify, "k1");
  expect(takenIds()).toEqual([messageId]);
  expect(await get(notify, "k1")).toMatchObject({ attempts: 3 });
});

test("a mail refused for good has failed and is not tried again", async () => {
  smtp.follow({ data: (count) => (count === 1 ? 554 : "take") });
  const notify = await startNotify();
  await send(notify, "k1");
  await until(async () => {
    expect((await get(notify, "k1"))?.state).toBe(DeliveryState.DELIVERY_STATE_FAILED);
  });
  await send(notify, "k2");
  await expectSent(notify, "k2");
  expect(await get(notify, "k1")).toMatchObject({
    attempts: 1,
    lastAnswer: expect.stringContaining("554"),
  });
});

test("only recipients refused for now are tried again, under the same Message-ID", async () => {
  let refusals = 0;
  smtp.follow({
    recipient: (address) => {
      if (address === "gone@example.org") return 550;
      if (address !== "busy@example.org" || refusals === 2) return undefined;
      refusals += 1;
      return 451;
    },
  });
  const notify = await startNotify();
  const to = ["anna@example.org", "busy@example.org", "gone@example.org"];
  const { messageId } = await send(notify, "k1", to);
  await expectSent(notify, "k1");
  expect(smtp.taken.map((each) => each.recipients)).toEqual([
    ["anna@example.org"],
    ["busy@example.org"],
  ]);
  expect(takenIds()).toEqual([messageId, messageId]);
  expect((await get(notify, "k1"))?.refusedRecipients).toEqual(["gone@example.org"]);
});

test("a mail that notify was killed in the middle of is delivered once", async () => {
  smtp.follow({ data: () => "hang" });
  const first = await startNotify();
  const { messageId } = await send(first, "k1");
  await until(() => expect(smtp.begun).toBe(1));
  await first.end("SIGKILL");
  smtp.follow({});
  const second = await startNotify();
  await expectSent(second, "k1");
  expect(takenIds()).toEqual([messageId]);
  expect(await send(second, "k1")).toEqual({ messageId, repeated: true });
});

test("killed between answer and commit, notify sends again under the same Message-ID", async () => {
  smtp.follow({ data: (count) => (count === 1 ? "take_silently" : "take") });
  const first = await startNotify();
  const { messageId } = await send(first, "k1");
  await until(() => expect(smtp.taken).toHaveLength(1));
  await first.end("SIGKILL");
  const second = await startNotify();
  await expectSent(second, "k1");
  expect(takenIds()).toEqual([messageId, messageId]);
});

test(
  "killed again and again, notify loses nothing it has accepted",
  { timeout: 60_000 },
  async () => {
    const accepted = new Map<string, string>();
    for (let life = 0; life < 4; life += 1) {
      const notify = await startNotify();
      const calls = Array.from({ length: 10 }, async (_, index) => {
        const key = `life-${life}-${index}`;
        accepted.set(key, (await send(notify, key)).messageId);
      });
      // In the middle of accepting and delivering: a call that got no answer promises nothing.
      const takenMin = smtp.taken.length + 1 + life;
      await until(() => expect(smtp.taken.length).toBeGreaterThanOrEqual(takenMin));
      await notify.end("SIGKILL");
      await Promise.allSettled(calls);
    }
    const last = await startNotify();
    for (const key of accepted.keys()) await expectSent(last, key);
    const bySubject = Map.groupBy(smtp.taken, ({ mail }) => mail.subject ?? "");
    for (const [key, messageId] of accepted) {
      const mails = bySubject.get(key) ?? [];
      expect(new Set(mails.map(({ mail }) => mail.messageId))).toEqual(new Set([messageId]));
    }
    // At worst what was under way at each kill went out twice: one mail for each pooled connection.
    expect(smtp.taken.length - bySubject.size).toBeLessThanOrEqual(4 * 3);
  },
);

test("SIGTERM waits for a delivery only so long, and keeps the mail", async () => {
  smtp.follow({ data: () => "hang" });
  const first = await startNotify();
  await send(first, "k1");
  await until(() => expect(smtp.begun).toBe(1));
  expect(await first.end("SIGTERM")).toBe(0);
  smtp.follow({});
  await expectSent(await startNotify(), "k1");
});

test("an SMTP password is in no line of the log", async () => {
  await using strict = await openScriptedSmtp({}, { user: "anna", password: "right" });
  const url = `smtp://anna:hunter2-secret@127.0.0.1:${strict.port}`;
  const notify = await startNotify({ smtp: url });
  await send(notify, "k1");
  await until(async () => expect((await get(notify, "k1"))?.lastAnswer).toContain("535"));
  expect(await notify.end("SIGTERM")).toBe(0);
  expect(notify.lines.join("\n")).toContain("Not sent yet");
  const word = Buffer.from("hunter2-secret").toString("base64").slice(0, 16);
  for (const line of notify.lines) expect(line).not.toMatch(new RegExp(`hunter2-secret|${word}`));
});

test("a store has one service: a second one fails with 1", async () => {
  await startNotify();
  await expect(startNotify()).rejects.toThrow(/exited with 1.*another process is using it/s);
});

test("--check tells every problem and exits with 2, without starting", async () => {
  const file = writeInstance({ from: "nobody", smtp: "smtp://anna:hunter2@h/x" });
  const child = spawnMain("--config", file, "--check");
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  await once(child, "close");
  expect(child.exitCode).toBe(2);
  expect(complaints).toMatch(
    /notify\.from: .*\n.*notify\.smtp: |notify\.smtp: .*\n.*notify\.from: /,
  );
  expect(complaints).not.toContain("hunter2");
});

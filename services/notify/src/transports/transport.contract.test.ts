// What every transport promises, tried against a real SMTP conversation.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Mail, Transport } from "../ports.ts";
import { openDrippingSmtp } from "./dripping-smtp.fixture.ts";
import { openScriptedSmtp, type ScriptedSmtp } from "./scripted-smtp.fixture.ts";
import { createSmtpTransport } from "./smtp.ts";

// Frozen as they come out of the ledger: a transport changes nothing that it is given.
const anna = Object.freeze({ name: "Anna Example", address: "anna@example.org" });
const ben = Object.freeze({ name: "", address: "ben@example.org" });

const mail: Mail = {
  key: "key-1",
  messageId: "<abc@example.org>",
  to: [anna],
  cc: [ben],
  subject: "Grüße: DEAD primary-1",
  text: "Line 1\n.\nLine 3",
  html: "<p>Line 1</p>",
  thread: "t",
  inReplyTo: "<first@example.org>",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  acceptedMs: Date.UTC(2026, 10, 22, 14, 3, 7),
  recipients: [anna.address, ben.address],
};

describe.each([{ name: "smtp", open: openSmtp }])("$name transport", ({ open }) => {
  let smtp: ScriptedSmtp;
  let transport: Transport;
  beforeEach(async () => {
    smtp = await openScriptedSmtp();
    transport = open(smtp.port);
  });
  afterEach(async () => {
    transport.close();
    await smtp[Symbol.asyncDispose]();
  });

  test("a mail arrives as it was written, named for good and marked as automatic", async () => {
    expect(await transport.deliver(mail)).toMatchObject({ outcome: "taken", refusals: [] });
    const received = smtp.taken[0]?.mail;
    expect(received).toMatchObject({
      messageId: mail.messageId,
      inReplyTo: "<first@example.org>",
      references: "<first@example.org>",
      subject: mail.subject,
      html: "<p>Line 1</p>",
      date: new Date(mail.acceptedMs),
    });
    expect(received?.text?.trimEnd()).toBe(mail.text);
    expect(received?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(received?.headers.get("traceparent")).toBe(mail.traceparent);
    expect(received?.from?.text).toBe('"Hot Backup" <hot-backup@example.org>');
  });

  test("a line break in a value never begins another header", async () => {
    const more = "\r\nBcc: eve@example.org\r\nX-Evil: 1";
    await transport.deliver({
      ...mail,
      subject: `a${more}`,
      to: [{ ...anna, name: `A${more}` }],
      inReplyTo: `<first@example.org>${more}`,
      messageId: `<abc@example.org>${more}`,
      traceparent: `${mail.traceparent}${more}`,
    });
    const [taken] = smtp.taken;
    expect(taken?.recipients).toEqual([anna.address, ben.address]);
    expect([...(taken?.mail.headers.keys() ?? [])]).not.toContain("x-evil");
    expect([...(taken?.mail.headers.keys() ?? [])]).not.toContain("bcc");
  });

  test("a mail that belongs to no trace has no header that says so", async () => {
    await transport.deliver({ ...mail, traceparent: "" });
    expect(smtp.taken[0]?.mail.headers.has("traceparent")).toBe(false);
  });

  test("only the recipients of the attempt get it; the headers name everybody", async () => {
    await transport.deliver({ ...mail, recipients: [ben.address] });
    expect(smtp.taken[0]?.recipients).toEqual([ben.address]);
    expect(smtp.taken[0]?.mail.to).toMatchObject({ text: '"Anna Example" <anna@example.org>' });
  });

  test("a refused recipient beside an accepted one is told with its code", async () => {
    smtp.follow({ recipient: (address) => (address === ben.address ? 550 : undefined) });
    expect(await transport.deliver(mail)).toMatchObject({
      outcome: "taken",
      refusals: [{ recipient: ben.address, code: 550 }],
    });
  });

  test("when all recipients are refused each is told with its own code", async () => {
    smtp.follow({ recipient: (address) => (address === ben.address ? 550 : 451) });
    expect(await transport.deliver(mail)).toMatchObject({
      outcome: "all_refused",
      refusals: [
        { recipient: anna.address, code: 451 },
        { recipient: ben.address, code: 550 },
      ],
    });
  });

  test.each([
    { where: "sender", script: { sender: () => 550 } },
    { where: "content", script: { data: () => 550 } },
  ])("a refused $where is a refused message", async ({ script }) => {
    smtp.follow(script);
    const report = await transport.deliver(mail);
    expect(report).toMatchObject({ outcome: "message_refused", code: 550 });
    expect(report.answer).toContain("scripted 550");
  });

  test("a connection lost before the answer is no answer", async () => {
    smtp.follow({ data: () => "drop" });
    expect(await transport.deliver(mail)).toMatchObject({ outcome: "unanswered" });
    smtp.follow({});
    expect(await transport.deliver(mail)).toMatchObject({ outcome: "taken" });
  });

  test.each([
    { when: "before its greeting", script: { isMute: true } },
    { when: "after the content", script: { data: () => "hang" as const } },
  ])("a server that hangs $when is left after the timeout", async ({ script }) => {
    smtp.follow(script);
    expect(await transport.deliver(mail)).toMatchObject({ outcome: "unanswered" });
  });

  test("a server that drips bytes for ever is left after the time of an attempt", async () => {
    await using dripping = await openDrippingSmtp(50);
    const other = open(dripping.port);
    expect(await other.deliver(mail)).toMatchObject({
      outcome: "unanswered",
      answer: "the server was not done after 2500 ms",
    });
    await expect.poll(() => dripping.open).toBe(0);
    other.close();
  });

  test("many mails share few connections", async () => {
    const mails = Array.from({ length: 20 }, (_, index) => ({ ...mail, key: `key-${index}` }));
    const reports = await Promise.all(mails.map((each) => transport.deliver(each)));
    expect(reports.every((each) => each.outcome === "taken")).toBe(true);
    expect(smtp.connections).toBe(2);
  });

  test("a check sends nothing, and finds a server that would take a message", async () => {
    expect(await transport.check()).toBe("");
    expect(await transport.check()).toBe("");
    expect(smtp.begun).toBe(0);
    expect(await transport.deliver(mail)).toMatchObject({ outcome: "taken" });
  });

  test("a check tells of a server that is mute, drips, or is not there", async () => {
    smtp.follow({ isMute: true });
    expect(await transport.check()).toContain("Greeting never received");
    smtp.follow({});
    expect(await transport.check()).toBe("");
    await smtp[Symbol.asyncDispose]();
    expect(await transport.check()).toContain("ECONNREFUSED");
  });

  test("no server at all is no answer", async () => {
    await smtp[Symbol.asyncDispose]();
    const report = await transport.deliver(mail);
    expect(report.outcome).toBe("unanswered");
    expect(report.answer).toContain("ECONNREFUSED");
  });
});

test("a refused login is no word about the message, and tells no password", async () => {
  await using smtp = await openScriptedSmtp({}, { user: "anna", password: "right" });
  const transport = openSmtp(smtp.port, { user: "anna", password: "hunter2-secret" });
  const report = await transport.deliver(mail);
  transport.close();
  expect(report.outcome).toBe("unanswered");
  expect(report.answer).toContain("535");
  expect(report.answer).not.toContain("hunter2-secret");
});

test("an answer to a login without a password is told as it is", async () => {
  await using smtp = await openScriptedSmtp({}, { user: "anna", password: "right" });
  const transport = openSmtp(smtp.port, { user: "anna", password: "" });
  const report = await transport.deliver(mail);
  transport.close();
  expect(report.answer).not.toContain("***");
});

test("a check signs in, and tells a refused login without its password", async () => {
  await using smtp = await openScriptedSmtp({}, { user: "anna", password: "right" });
  const right = openSmtp(smtp.port, { user: "anna", password: "right" });
  expect(await right.check()).toBe("");
  right.close();
  const wrong = openSmtp(smtp.port, { user: "anna", password: "hunter2-secret" });
  const problem = await wrong.check();
  wrong.close();
  expect(problem).toContain("535");
  expect(problem).not.toContain("hunter2-secret");
});

test("a login that is right gets in", async () => {
  const login = { user: "anna", password: "right" };
  await using smtp = await openScriptedSmtp({}, login);
  const transport = openSmtp(smtp.port, login);
  const report = await transport.deliver(mail);
  transport.close();
  expect(report.outcome).toBe("taken");
});

function openSmtp(port: number, login?: { user: string; password: string }): Transport {
  return createSmtpTransport({
    host: "127.0.0.1",
    port,
    isTls: false,
    login,
    from: { name: "Hot Backup", address: "hot-backup@example.org" },
    connectionsMax: 2,
    connectionTimeoutMs: 2000,
    greetingTimeoutMs: 300,
    socketTimeoutMs: 1000,
    attemptTimeoutMs: 2500,
  });
}

import type { ReceivedMail } from "@hot-backup/testbed/mailbox.ts";
import { expect, test } from "vitest";
import { checkMails } from "./mails.ts";
import type { ToldSignal } from "./signals.ts";

const dead: ToldSignal = { id: 2n, name: "DEAD", term: 13n };

function mail(messageId: string, atMs: number, more: Partial<ReceivedMail> = {}): ReceivedMail {
  return {
    subject: "[two-servers] DEAD primary-1: backup-1 runs 2 of 2 channels",
    text: "DEAD primary-1\n\nServer  primary-1\nTerm    13\n",
    messageId,
    inReplyTo: undefined,
    traceparent: undefined,
    atMs,
    isAnswered: true,
    ...more,
  };
}

function check(mails: readonly ReceivedMail[], notifyHurtAtMs: readonly number[] = []) {
  return checkMails({ mails, signals: [dead], notifyHurtAtMs });
}

test("one mail for a signal breaks nothing", () => {
  expect(check([mail("<a>", 0)])).toEqual({ violations: [], repeated: 0 });
});

test("a mail that says that what failed is resolved is no second one", () => {
  const resolved = mail("<b>", 1, { subject: "[two-servers] RESOLVED DEAD primary-1" });
  expect(check([mail("<a>", 0), resolved]).violations).toEqual([]);
});

test("a signal that no mail tells is found, whatever is told of others", () => {
  const other = mail("<a>", 0, { subject: "[two-servers] LIVE primary-1" });
  expect(check([other]).violations).toEqual(["I5: no mail tells signal 2, DEAD of term 13"]);
});

test("a mail may tell a later term than its signal, but not that of a later signal", () => {
  const next: ToldSignal = { id: 3n, name: "LIVE", term: 15n };
  const told = (term: number) => {
    const mails = [
      mail("<a>", 0, { text: `Term    ${term}\n` }),
      mail("<b>", 1, { subject: "[two-servers] LIVE primary-1", text: "Term    15\n" }),
    ];
    return checkMails({ mails, signals: [dead, next], notifyHurtAtMs: [] }).violations;
  };
  expect(told(14)).toEqual([]);
  expect(told(15)).toEqual(["I5: no mail tells signal 2, DEAD of term 13"]);
  expect(told(12)).toHaveLength(1);
});

test("a signal that two mails tell is found", () => {
  const { violations } = check([mail("<a>", 0), mail("<b>", 1)]);
  expect(violations).toEqual(["I5: 2 mails tell signal 2, DEAD of term 13"]);
});

test("a mail that came again is found, and counted", () => {
  const { violations, repeated } = check([mail("<a>", 0), mail("<a>", 5000)], [9000]);
  expect(violations).toMatchObject([expect.stringMatching(/came again: <a>$/)]);
  expect(repeated).toBe(1);
});

test("a mail may come again when its sender was not answered, or was killed meanwhile", () => {
  const unanswered = mail("<a>", 0, { isAnswered: false });
  expect(check([unanswered, mail("<a>", 5000)])).toEqual({ violations: [], repeated: 1 });
  expect(check([mail("<a>", 0), mail("<a>", 5000)], [3000]).violations).toEqual([]);
});

test("a mail without a Message-ID is found", () => {
  expect(check([mail("<a>", 0, { messageId: undefined })]).violations).toContainEqual(
    expect.stringMatching(/has no Message-ID$/),
  );
});

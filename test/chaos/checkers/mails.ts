// The mails as the SMTP server has them: each signal is told by one, and none came twice but where
// nobody could know that it had come.

import type { ReceivedMail } from "@hot-backup/testbed/mailbox.ts";
import type { ToldSignal } from "./signals.ts";

export interface MailsVerdict {
  readonly violations: readonly string[];
  /** Mails that came again, with the same Message-ID, where that cannot be helped. */
  readonly repeated: number;
}

/** What the story knows of notify: instants at which it was killed, stopped or frozen. */
export interface MailsGiven {
  readonly mails: readonly ReceivedMail[];
  readonly signals: readonly ToldSignal[];
  readonly notifyHurtAtMs: readonly number[];
}

export function checkMails({ mails, signals, notifyHurtAtMs }: MailsGiven): MailsVerdict {
  const nameless = mails.filter((each) => each.messageId === undefined);
  const byId = Map.groupBy(mails, (each) => each.messageId);
  let repeated = 0;
  const doubled = [...byId].flatMap(([id, all]) => {
    const again = all.filter((each, index) => {
      const earlier = all[index - 1];
      if (earlier === undefined) return false;
      repeated += 1;
      return !isExcused(earlier, { again: each, notifyHurtAtMs });
    });
    return again.map(({ subject }) => `I5: "${subject}" came again: ${id}`);
  });
  const untold = signals.flatMap((signal, index) => {
    return checkTold(signal, { mails, nextTerm: signals[index + 1]?.term });
  });
  const unnamed = nameless.map(({ subject }) => `I5: "${subject}" has no Message-ID`);
  return { violations: [...unnamed, ...doubled, ...untold], repeated };
}

// The sender never heard that the first was taken, or was hurt before it could have remembered.
function isExcused(
  earlier: ReceivedMail,
  { again, notifyHurtAtMs }: { again: ReceivedMail; notifyHurtAtMs: readonly number[] },
): boolean {
  if (!earlier.isAnswered) return true;
  return notifyHurtAtMs.some((atMs) => atMs >= earlier.atMs - hurtSlackMs && atMs <= again.atMs);
}

/** A mail is noted here a moment after its sender could have died of its answer. */
const hurtSlackMs = 1000;

// A mail tells the term of its orders: that of the signal, or a later one where its failback was
// held, but never that of a later signal.
function checkTold(
  signal: ToldSignal,
  { mails, nextTerm }: { mails: readonly ReceivedMail[]; nextTerm: bigint | undefined },
): string[] {
  const told = mails.filter(({ subject, text }) => {
    const isOfSignal = new RegExp(`(?<!RESOLVED )${signal.name} `).test(subject);
    const term = BigInt(/^term +(\d+)$/im.exec(text)?.[1] ?? -1);
    return isOfSignal && term >= signal.term && (nextTerm === undefined || term < nextTerm);
  });
  const ids = new Set(told.map((each) => each.messageId));
  if (ids.size === 1) return [];
  const what = `signal ${signal.id}, ${signal.name} of term ${signal.term}`;
  return [ids.size === 0 ? `I5: no mail tells ${what}` : `I5: ${ids.size} mails tell ${what}`];
}

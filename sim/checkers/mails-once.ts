// I5: every accepted mail reaches the SMTP server, and reaches it twice only if the answer got lost
// on its way to the ledger, then with the same Message-ID. Every signal is told by a mail.

import type { Checker, Fact, MailFact, SignalFact, Violation } from "../fact.ts";

interface Mail extends MailFact {
  takenTimes: number;
  /** How often it may be sent again. */
  excuses: number;
}

export class MailsOnce implements Checker {
  readonly #report: (violation: Violation) => void;
  /** By Message-ID. */
  readonly #mails = new Map<string, Mail>();
  /** In order. */
  readonly #signals: SignalFact[] = [];
  /** Journals that nobody has any more: what they had not handed over yet is told by nobody. */
  readonly #lost = new Set<string>();

  constructor(report: (violation: Violation) => void) {
    this.#report = report;
  }

  note(fact: Fact): void {
    if (fact.kind === "signal_recorded") this.#signals.push(fact);
    if (fact.kind === "journal_replaced") this.#lost.add(fact.lostId);
    if (fact.kind === "mail_accepted") {
      this.#mails.set(fact.messageId, { ...fact, takenTimes: 0, excuses: 0 });
    }
    if (fact.kind !== "mail_taken" && fact.kind !== "mail_answer_lost") return;
    const mail = this.#mails.get(fact.messageId);
    if (mail === undefined) return;
    if (fact.kind === "mail_taken") mail.takenTimes += 1;
    else mail.excuses += 1;
  }

  conclude(nowMs: number): void {
    const fail = (text: string) => this.#report({ invariant: "I5", atMs: nowMs, text });
    const told = new Map<string, string>();
    for (const [messageId, mail] of this.#mails) {
      const { takenTimes, excuses } = mail;
      if (takenTimes === 0) fail(`the mail ${messageId} was accepted and never delivered`);
      if (takenTimes > 1 + excuses) fail(`the mail ${messageId} came ${takenTimes} times`);
      const what = print(mail);
      const other = told.get(what);
      if (other !== undefined) fail(`${what} is told by ${other} and by ${messageId}`);
      told.set(what, messageId);
    }
    for (const signal of this.#signals) {
      if (!this.#lost.has(signal.journalId) && !this.#isTold(signal))
        fail(`no mail tells of ${signal.signal}, term ${signal.term}`);
    }
  }

  // The term of a mail is that of its orders: a failback that waited has a later one.
  #isTold({ serverId, signal, term, journalId }: SignalFact): boolean {
    const ofServer = this.#signals.filter((each) => each.serverId === serverId);
    const next = ofServer.find((each) => each.journalId === journalId && each.term > term);
    for (const mail of this.#mails.values()) {
      if (
        mail.journalId !== journalId ||
        mail.serverId !== serverId ||
        mail.signal !== signal ||
        mail.reason !== "signal"
      )
        continue;
      if (mail.term >= term && (next === undefined || mail.term < next.term)) return true;
    }
    return false;
  }
}

function print({ journalId, serverId, signal, term, reason, isResolution }: MailFact): string {
  const what = `${signal} of ${serverId}, term ${term} of journal ${journalId}`;
  return `${what}, ${reason}${isResolution ? ", resolved" : ""}`;
}

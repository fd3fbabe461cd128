// The notify service in a story: its real cores over an outbox in memory and an SMTP server that
// defers, refuses connections, and drops them after the message.

import { judgeAcceptance } from "../../services/notify/src/core/acceptance.ts";
import {
  type AttemptReport,
  enqueue,
  type Progress,
  step,
} from "../../services/notify/src/core/outbox.ts";
import { pauseMs } from "@hot-backup/kit/backoff.ts";
import type { Email, EmailAnswer } from "../../services/monitor/src/ports.ts";
import { DiskFate } from "../kernel/disk-fate.ts";
import type { Machine } from "../kernel/machine.ts";
import { Process, type Program } from "../kernel/process.ts";
import type { MailFact } from "../fact.ts";
import { sabotageKey } from "../sabotage.ts";
import type { World } from "../world.ts";

/** How the SMTP server behaves. */
export type SmtpMood = "well" | "away" | "deferring" | "dropping_before" | "dropping_after";

const backoff = { firstMs: 500, maxMs: 4000 };
const policy = { giveUpAfterMs: 3_600_000 };
const outboxMax = 10_000;
/** An exchange with the SMTP server. */
const smtpMs = { min: 3, max: 60 } as const;

interface Message {
  readonly messageId: string;
  readonly fingerprint: string;
  readonly recipients: readonly string[];
  progress: Progress;
}

export class NotifyHost {
  readonly process: Process;
  readonly fate = new DiskFate();
  mood: SmtpMood = "well";
  readonly #world: World;
  /** By key: what is on disk. */
  readonly #outbox = new Map<string, Message>();

  constructor(world: World, name: string, machine: Machine) {
    this.#world = world;
    const launch = () => this.#begin();
    this.process = new Process(name, { machine, schedule: world.schedule, launch });
  }

  /** Takes one mail. The answer comes once it is on disk. */
  sendEmail(email: Email, respond: (answer: EmailAnswer) => void): void {
    const key = sabotageKey(this.#world.sabotage, email.idempotencyKey, this.#world.random);
    const fingerprint = JSON.stringify([email.to, email.template, email.values]);
    const known = this.#outbox.get(key);
    const queuedCount = this.#outbox.size;
    switch (judgeAcceptance({ fingerprint, known, queuedCount, outboxMax })) {
      case "repeated":
        return respond({ kind: "accepted" });
      // The first answer was lost, and the run has moved on since: it was accepted.
      case "key_reused":
        return respond({ kind: "accepted" });
      case "outbox_full":
        return respond({ kind: "failed", error: "the outbox is full" });
      case "accepted":
        return this.#accept(key, { email, fingerprint, respond });
    }
  }

  #accept(
    key: string,
    given: { email: Email; fingerprint: string; respond: (answer: EmailAnswer) => void },
  ): void {
    const { email, fingerprint, respond } = given;
    const message: Message = {
      messageId: key,
      fingerprint,
      recipients: email.to,
      progress: enqueue(email.to, this.process.machine.wallMs()),
    };
    const store = () => {
      this.#outbox.set(key, message);
      this.#world.tell({ kind: "mail_accepted", messageId: key, ...factsOf(email) });
    };
    if (!this.fate.write(store)) return;
    respond({ kind: "accepted" });
    this.#attempt(message);
  }

  #begin(): Program {
    // What an earlier life left is tried again; what comes meanwhile is under way already.
    const left = [...this.#outbox.values()];
    this.process.after(1, () => {
      for (const message of left) this.#plan(message);
    });
    return { end: () => this.fate.clear() };
  }

  #plan(message: Message): void {
    if (message.progress.state !== "queued") return;
    const waitMs = message.progress.nextAttemptMs - this.process.machine.wallMs();
    this.process.after(Math.max(0, waitMs), () => this.#attempt(message));
  }

  #attempt(message: Message): void {
    const { progress } = message;
    if (progress.state !== "queued") return;
    const begun = step(progress, { kind: "attempt_fell_due", ...this.#instant(message) }, policy);
    if (!this.#save(message, begun.state)) return;
    for (const { recipients } of begun.effects) this.#deliver(message, recipients);
  }

  #deliver(message: Message, recipients: readonly string[]): void {
    const { random } = this.#world;
    const report = this.#smtp(message, recipients);
    this.process.after(random.between(smtpMs.min, smtpMs.max), () => {
      const ended = { kind: "attempt_ended", report, ...this.#instant(message) } as const;
      const { state } = step(message.progress, ended, policy);
      if (this.#save(message, state)) this.#plan(message);
    });
  }

  // What the SMTP server does with one mail. Its answer may not reach a process that dies
  // meanwhile.
  #smtp(message: Message, recipients: readonly string[]): AttemptReport {
    const { messageId } = message;
    const unanswered = { outcome: "unanswered", answer: "the connection was lost" } as const;
    switch (this.mood) {
      case "well": {
        const { life } = this.process;
        this.#world.tell({ kind: "mail_taken", messageId });
        this.#world.trace.say("smtp", `takes the mail ${messageId}`);
        const excuse = () => this.#world.tell({ kind: "mail_answer_lost", messageId });
        this.#whenDead(life, message, excuse);
        return { outcome: "taken", answer: "250 ok", refusals: [] };
      }
      case "dropping_after":
        this.#world.tell({ kind: "mail_taken", messageId });
        this.#world.tell({ kind: "mail_answer_lost", messageId });
        return unanswered;
      case "away":
      case "dropping_before":
        return unanswered;
      case "deferring": {
        const refusals = recipients.map((recipient) => ({ recipient, code: 451 }));
        return { outcome: "all_refused", answer: "451 come back later", refusals };
      }
    }
  }

  #whenDead(life: number, message: Message, excuse: () => void): void {
    const listener = () => {
      if (this.process.life === life && message.progress.state === "queued") excuse();
    };
    this.process.deathListeners.add(listener);
  }

  #instant(message: Message): { nowMs: number; pauseMs: number } {
    const attempts = message.progress.attempts + 1;
    return {
      nowMs: this.process.machine.wallMs(),
      pauseMs: pauseMs(backoff, attempts, this.#world.random.next()),
    };
  }

  #save(message: Message, progress: Progress): boolean {
    return this.fate.write(() => {
      message.progress = progress;
    });
  }
}

// What its reader learns from it.
function factsOf({ values, idempotencyKey }: Email): MailFact {
  const text = (name: string) => {
    const value = values[name];
    return typeof value === "string" ? value : "";
  };
  return {
    journalId: idempotencyKey.split("/")[0] ?? "",
    serverId: text("server"),
    signal: text("signal"),
    term: BigInt(text("term")),
    // A server that died behind the DEAD of a drill is told once more.
    reason: idempotencyKey.endsWith("/alarm") ? "drill" : text("reason"),
    isResolution: values["resolved"] === true,
  };
}

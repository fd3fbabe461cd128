// Tells people when the readiness of servers has changed for a while: in the history, in the log,
// and by mail. One mail tells all that changed for the same recipients, because one cause often
// concerns many servers, and the next one waits, so that nothing floods anybody.

import type { ToldProblem } from "./core/readiness-memory.ts";
import { isSameList } from "./core/readiness-memory.ts";
import { keyOf } from "./core/standby-readiness.ts";
import {
  readinessEvidence,
  readinessLine,
  readinessValues,
  type ToldReadiness,
} from "./core/told-readiness.ts";
import type { MonitorParts } from "./parts.ts";
import { historyLine } from "./ports.ts";
import type { Recipients } from "./standby-ports.ts";

/** Pause between two mails to the same recipients, in periods: ten minutes by default. */
const pausePeriods = 20;

/** What lasts of one server. */
export interface LastingReadiness {
  readonly serverId: string;
  readonly term: bigint;
  readonly problems: readonly ToldProblem[];
}

export class StandbyNews {
  readonly #parts: MonitorParts;
  readonly #pauseMs: number;
  readonly #emailOf: (serverId: string) => Recipients | undefined;
  /** By server id. */
  readonly #told: Map<string, ToldReadiness>;
  /** When each group of recipients was written to last. */
  readonly #mailedMs = new Map<string, number>();

  constructor(
    parts: MonitorParts,
    given: { everyMs: number; emailOf: (serverId: string) => Recipients | undefined },
  ) {
    this.#parts = parts;
    this.#pauseMs = pausePeriods * given.everyMs;
    this.#emailOf = given.emailOf;
    const told = parts.journal.loadReadiness();
    this.#told = new Map(told.map((each) => [each.serverId, each]));
  }

  /** What people were told of a server last. */
  toldOf(serverId: string): readonly ToldProblem[] {
    return this.#told.get(serverId)?.problems ?? [];
  }

  /** Tells what has changed, and hands over what is still owed. Never rejects. */
  async tell(lasting: readonly LastingReadiness[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const changed = lasting.filter(
      ({ serverId, problems }) => !isSameList(problems, this.toldOf(serverId)),
    );
    for (const [group, servers] of Map.groupBy(changed, (each) => this.#groupOf(each.serverId))) {
      if (this.#mayTell(group)) this.#note(servers, group);
    }
    const due = [...this.#told.values()].filter(({ isMailDue }) => isMailDue);
    // Side by side: a notify service that is slow to answer holds up one look as long as any other.
    const mails = [...Map.groupBy(due, (each) => each.mail)];
    await Promise.all(mails.map(([mail, told]) => this.#send(mail, told, signal)));
  }

  // "": nobody gets a mail.
  #groupOf(serverId: string): string {
    const email = this.#emailOf(serverId);
    return email === undefined ? "" : JSON.stringify([email.to, email.cc]);
  }

  #mayTell(group: string): boolean {
    if (group === "") return true;
    const nowMs = this.#parts.clock.nowMs();
    const mailedMs = this.#mailedMs.get(group) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - mailedMs < this.#pauseMs) return false;
    this.#mailedMs.set(group, nowMs);
    return true;
  }

  // Durable before the mail goes out: told once, whatever happens in between.
  #note(servers: readonly LastingReadiness[], group: string): void {
    const { journal, clock, log } = this.#parts;
    const wallMs = clock.wallMs();
    const mail = this.#lastMail() + 1n;
    const told = servers.map(({ serverId, problems }): ToldReadiness => {
      const names = new Set(problems.map(keyOf));
      const over = this.toldOf(serverId).filter((each) => !names.has(keyOf(each)));
      const plain = problems.map(({ subject, reason, text, sinceWallMs }) => {
        return { subject, reason, text, sinceWallMs };
      });
      return { serverId, problems: plain, over, wallMs, mail, isMailDue: group !== "" };
    });
    const lines = told.map((each, index) => {
      const term = servers[index]?.term ?? 0n;
      const line = { serverId: each.serverId, wallMs, text: readinessLine(each) };
      const evidence = readinessEvidence(each);
      return { ...historyLine({ ...line, actor: undefined, term }), evidence };
    });
    try {
      journal.saveReadiness(told, lines);
    } catch (error) {
      log.warn({ err: error }, "Cannot store what changed of readiness: it is told later");
      this.#mailedMs.delete(group);
      return;
    }
    for (const each of told) {
      this.#told.set(each.serverId, each);
      const { serverId, problems, over } = each;
      const facts = { serverId, problems: problems.map(keyOf), over: over.map(keyOf) };
      if (problems.length > 0) log.warn(facts, "A takeover would fail");
      else log.info(facts, "A takeover would succeed again");
    }
  }

  // By rows: each server has one, and the newest mail is named in at least one of them.
  #lastMail(): bigint {
    return [...this.#told.values()].reduce((last, { mail }) => (mail > last ? mail : last), 0n);
  }

  async #send(mail: bigint, told: readonly ToldReadiness[], signal: AbortSignal): Promise<void> {
    const { journal, notifier, server: monitor, group, log } = this.#parts;
    const email = this.#emailOf(told[0]?.serverId ?? "");
    const answer =
      email === undefined
        ? ({ kind: "refused", error: "nobody is to get it any more" } as const)
        : await notifier.sendEmail(
            {
              ...email,
              idempotencyKey: `${journal.journalId}/readiness/${mail}`,
              template: "readiness",
              values: readinessValues(told, { group, monitor }),
              thread: `${journal.journalId}/readiness`,
            },
            signal,
          );
    // It is still owed, and handed over again with the next look.
    if (answer.kind === "failed") return;
    if (answer.kind === "refused") log.warn({ why: answer.error }, "Cannot mail readiness");
    const settled = told.map((each) => ({ ...each, isMailDue: false }));
    try {
      journal.saveReadiness(settled, []);
    } catch (error) {
      log.warn({ err: error }, "Cannot store that a mail of readiness was handed over");
      return;
    }
    for (const each of settled) this.#told.set(each.serverId, each);
  }
}

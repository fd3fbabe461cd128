// What standby readiness needs from outside. Nothing here rejects: failures are findings.

import type { MailCheck, TargetCheck } from "./core/standby-readiness.ts";

export interface StandbyChecks {
  /** Has a target look at all of its channels. Starts nothing there. */
  checkTarget(target: string): Promise<TargetCheck>;
  /** Has the notify service look at its SMTP server. */
  checkMail(): Promise<MailCheck>;
}

/** How readiness is looked at, as configuration says. */
export interface ReadinessPolicy {
  /** Time from one look to the next. */
  readonly everyMs: number;
  /** Who gets its mails. Absent: who gets the mail of a takeover. */
  readonly email: Recipients | "off" | undefined;
}

/** Who gets a mail. */
export interface Recipients {
  readonly to: readonly string[];
  readonly cc: readonly string[];
}

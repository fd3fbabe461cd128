// One attempt for one message: save, act, save what came of it.

import { type Backoff, pauseMs } from "@hot-backup/kit/backoff.ts";
import type { Clock } from "@hot-backup/kit/clock.ts";
import { failpoint } from "@hot-backup/kit/failpoint.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import { sleep } from "@hot-backup/kit/stop.ts";
import type { Message } from "./core/message.ts";
import { type OutboxPolicy, type Progress, step } from "./core/outbox.ts";
import type { DeliveryMeter } from "./delivery-meter.ts";
import { recordAttempt, traceFieldOf } from "./message-trace.ts";
import type { Ledger, Transport } from "./ports.ts";

/** Pause after the store refused to read or write. */
export const storePauseMs = 1000;

/** What an attempt needs. */
export interface AttemptContext {
  readonly ledger: Ledger;
  readonly transport: Transport;
  readonly clock: Pick<Clock, "wallMs">;
  /** A number from 0 up to 1. */
  readonly chance: () => number;
  readonly log: Logger;
  readonly backoff: Backoff;
  readonly policy: OutboxPolicy;
  readonly meter: DeliveryMeter;
}

/**
 * Tries a queued message once. Never rejects. `ended` aborts when the ledger is about to be closed.
 */
export async function attempt(
  message: Message,
  context: AttemptContext,
  ended: AbortSignal,
): Promise<void> {
  const { clock, backoff, chance, policy, transport, meter } = context;
  const instant = () => ({
    nowMs: clock.wallMs(),
    pauseMs: pauseMs(backoff, message.progress.attempts + 1, chance()),
  });
  const begun = step(message.progress, { kind: "attempt_fell_due", ...instant() }, policy);
  if (!save(message, begun.state, context)) {
    // The loop comes back to it: not at once.
    await sleep(storePauseMs, ended);
    return;
  }
  for (const { recipients } of begun.effects) {
    const { acceptedMs } = message.progress;
    const beganMs = clock.wallMs();
    const report = await transport.deliver({ ...message, acceptedMs, recipients });
    failpoint("notify.smtp_answered");
    meter.countAttempt(report);
    const { state } = step(begun.state, { kind: "attempt_ended", ...instant(), report }, policy);
    recordAttempt(message, { progress: state, beganMs, endedMs: clock.wallMs() });
    // What the server has answered is not forgotten: until it is stored, this message keeps its
    // place and is not tried again, so a full disk cannot turn one mail into many.
    while (!ended.aborted && !save(message, state, context)) await sleep(storePauseMs, ended);
    meter.countSettled(state);
    tell(message, state, context.log);
  }
}

function save(message: Message, progress: Progress, { ledger, log }: AttemptContext): boolean {
  try {
    ledger.save(message.sequence, progress);
    return true;
  } catch (error) {
    const told = { err: error, key: message.key, ...traceFieldOf(message) };
    log.error(told, "Cannot write to the outbox");
    return false;
  }
}

function tell(message: Message, progress: Progress, log: Logger): void {
  const { key, messageId, subject } = message;
  const { attempts, refused, lastAnswer } = progress;
  const told = { key, messageId, subject, attempts, answer: lastAnswer };
  const fields = { ...told, ...traceFieldOf(message) };
  if (progress.state === "sent" && refused.length === 0) log.info(fields, "Sent");
  else if (progress.state === "sent") log.warn({ ...fields, refused }, "Sent, but not to all");
  else if (progress.state === "failed") log.error({ ...fields, refused }, "Given up");
  else if (progress.state === "queued") {
    const nextAttemptAt = new Date(progress.nextAttemptMs).toISOString();
    log.warn({ ...fields, nextAttemptAt }, "Not sent yet");
  }
}

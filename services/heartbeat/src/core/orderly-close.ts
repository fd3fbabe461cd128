// The orderly close (R8): first the lease is ended and the protected channels stop, then the
// monitor is told. CLOSE is said when they are confirmed stopped or their lease is over, never
// because time has passed.

import type { Decision } from "./decisions.ts";
import { highestOrder, type Knowledge, leaseEndBootMs } from "./knowledge.ts";
import { isAllStopped, mayRun } from "./report.ts";

/** Who closes the server, and why. */
export interface Actor {
  readonly name: string;
  readonly reason: string;
}

export interface CloseSettings {
  readonly protection: "lease" | "none";
  /**
   * How long to wait for channels that no deadline stops. Then the service ends without a close.
   */
  readonly stopMs: number;
  /** How long to try to say close, the opening of a stream included. */
  readonly closeMs: number;
}

export interface Stopping {
  readonly phase: "stopping";
  readonly actor: Actor;
  /**
   * Whether a lease may have run when the close began: then its deadline stops the channels (R3).
   */
  readonly hadLease: boolean;
  /**
   * The channels service has answered the withdraw, so that no renewal under way can revive the
   * lease.
   */
  readonly isWithdrawn: boolean;
  readonly giveUpAtMs: number;
}

export interface Saying {
  readonly phase: "saying";
  readonly actor: Actor;
  readonly confirmedStopped: boolean;
  readonly giveUpAtMs: number;
  /** The message that said it last. Undefined: none yet. */
  readonly said: { readonly serial: number; readonly sequence: number } | undefined;
  readonly isAnswered: boolean;
}

export type Closing = Stopping | Saying;

/** What is known when the close is looked at. */
interface Moment {
  readonly settings: CloseSettings;
  readonly knowledge: Knowledge;
  readonly running: Decision | undefined;
  readonly nowMs: number;
  readonly bootMs: number;
}

export function beginClosing(actor: Actor, moment: Moment): Closing {
  const { settings, knowledge, running, nowMs, bootMs } = moment;
  // Without protection the channels are none of the heartbeat service's business: they go on.
  if (settings.protection === "none") return beginSaying(actor, isStopped(knowledge), moment);
  const endBootMs = leaseEndBootMs(knowledge, running);
  const hadLease = endBootMs !== undefined && endBootMs > bootMs;
  const giveUpAtMs = nowMs + settings.stopMs;
  return { phase: "stopping", actor, hadLease, isWithdrawn: false, giveUpAtMs };
}

/** Notes an answer of the channels service to `running`. */
export function noteReportWhileStopping(
  closing: Stopping,
  knowledge: Knowledge,
  running: Decision | undefined,
): Stopping {
  const { report } = knowledge;
  if (closing.isWithdrawn || (report !== undefined && mayRun(report))) return closing;
  // Where no order is known there is nothing to withdraw: any answer will do.
  const isWithdrawn = running?.kind === "withdraw" || highestOrder(knowledge) === undefined;
  return isWithdrawn ? { ...closing, isWithdrawn } : closing;
}

/** What follows: still stopping, the time to say close, or nothing that may ever be said. */
export function proceedStopping(closing: Stopping, moment: Moment): Closing | "give_up" {
  const { knowledge, running, nowMs, bootMs } = moment;
  if (closing.isWithdrawn && isStopped(knowledge)) return beginSaying(closing.actor, true, moment);
  const endBootMs = leaseEndBootMs(knowledge, running);
  // What runs by an override has no deadline that stops it: only the word of the channels service
  // counts.
  const isOverridden = knowledge.report?.lease.kind === "override";
  const isLeaseOver =
    knowledge.report !== undefined && !isOverridden && bootMs >= (endBootMs ?? bootMs);
  if (isLeaseOver && (closing.hadLease || !knowledge.isAnswering)) {
    return beginSaying(closing.actor, false, moment);
  }
  const isHopeless = nowMs >= closing.giveUpAtMs && bootMs >= (endBootMs ?? bootMs);
  return isHopeless ? "give_up" : closing;
}

function beginSaying(actor: Actor, confirmedStopped: boolean, moment: Moment): Saying {
  const giveUpAtMs = moment.nowMs + moment.settings.closeMs;
  return {
    phase: "saying",
    actor,
    confirmedStopped,
    giveUpAtMs,
    said: undefined,
    isAnswered: false,
  };
}

function isStopped({ isAnswering, report }: Knowledge): boolean {
  return isAnswering && report !== undefined && !mayRun(report) && isAllStopped(report);
}

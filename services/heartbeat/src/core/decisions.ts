// The queue of decisions for the local channels service: one call at a time, at most one waiting
// decision of each kind, and the newest of a kind replaces the older. Nothing replaces a withdraw
// but a newer withdraw.

import type { Order } from "./report.ts";

/** One RenewLease call. Deadlines are instants since the boot of the kernel. */
export type Decision =
  | { readonly kind: "probe"; readonly serial: number }
  | ({ readonly kind: "withdraw"; readonly serial: number } & Withdrawal)
  | ({ readonly kind: "renew"; readonly serial: number } & Renewal)
  | ({ readonly kind: "contact"; readonly serial: number } & Contact)
  | {
      readonly kind: "cut";
      readonly serial: number;
      readonly order: Order;
      readonly lengthMs: number;
      readonly deadlineBootMs: number;
    };

/** The lease shall end now. */
export interface Withdrawal {
  readonly order: Order;
  readonly because: string;
}

/** The lease shall last until the deadline. `serial` is the stream that brought the grant (R9). */
export interface Renewal {
  readonly order: Order;
  readonly deadlineBootMs: number;
  readonly serial: number;
}

/** A monitor has granted nothing: an override ends, at the deadline or at once (R10). */
export interface Contact {
  readonly order: Order | undefined;
  readonly overrideUntilBootMs: number | undefined;
}

/** The call under way, what waits, and what has failed and is asked again with the next tick. */
export interface Decisions {
  readonly running: Decision | undefined;
  readonly withdrawal: Withdrawal | undefined;
  /** Length to which a new stream cuts the lease. */
  readonly cutMs: number | undefined;
  readonly renewal: Renewal | undefined;
  readonly contact: Contact | undefined;
  readonly isProbeWanted: boolean;
  readonly failedWithdrawal: Withdrawal | undefined;
  readonly failedCutMs: number | undefined;
}

export const noDecisions: Decisions = {
  running: undefined,
  withdrawal: undefined,
  cutMs: undefined,
  renewal: undefined,
  contact: undefined,
  isProbeWanted: false,
  failedWithdrawal: undefined,
  failedCutMs: undefined,
};

export function wantProbe(decisions: Decisions): Decisions {
  return decisions.isProbeWanted ? decisions : { ...decisions, isProbeWanted: true };
}

export function wantRenewal(decisions: Decisions, renewal: Renewal): Decisions {
  // A renewal of a term that is being withdrawn could only be refused.
  const withdrawn = decisions.withdrawal ?? decisions.failedWithdrawal;
  if (withdrawn !== undefined && renewal.order.term <= withdrawn.order.term) return decisions;
  return { ...decisions, renewal };
}

export function wantContact(decisions: Decisions, contact: Contact): Decisions {
  return { ...decisions, contact };
}

export function wantWithdrawal(decisions: Decisions, withdrawal: Withdrawal): Decisions {
  const { renewal } = decisions;
  const isNewer = renewal !== undefined && renewal.order.term > withdrawal.order.term;
  return {
    ...decisions,
    withdrawal,
    failedWithdrawal: undefined,
    renewal: isNewer ? renewal : undefined,
  };
}

/** A stream begins: its lease must not live on what an older stream was granted (R9). */
export function wantCut(decisions: Decisions, cutMs: number): Decisions {
  return { ...decisions, cutMs, failedCutMs: undefined, renewal: undefined };
}

/** The stream that wanted the cut is gone: a release, if that is why, must run on. */
export function dropCut(decisions: Decisions): Decisions {
  const { cutMs, failedCutMs } = decisions;
  if (cutMs === undefined && failedCutMs === undefined) return decisions;
  return { ...decisions, cutMs: undefined, failedCutMs: undefined };
}

/** Drops what would prolong a lease: the server is being closed (hazard 5). */
export function dropRenewal(decisions: Decisions): Decisions {
  return { ...dropCut(decisions), renewal: undefined, contact: undefined };
}

/**
 * What failed is asked again. Called with every tick, so that a dead channels service is not asked
 * in a storm.
 */
export function wantFailedAgain(decisions: Decisions): Decisions {
  const { failedWithdrawal, failedCutMs } = decisions;
  if (failedWithdrawal === undefined && failedCutMs === undefined) return decisions;
  return {
    ...decisions,
    withdrawal: decisions.withdrawal ?? failedWithdrawal,
    cutMs: decisions.cutMs ?? failedCutMs,
    failedWithdrawal: undefined,
    failedCutMs: undefined,
  };
}

/**
 * The next call, if none is under way and something waits: withdraw before cut before renew before
 * contact before probe.
 */
export function takeNext(
  decisions: Decisions,
  context: { readonly serial: number; readonly bootMs: number; readonly order: Order | undefined },
): { readonly decisions: Decisions; readonly decision: Decision } | undefined {
  if (decisions.running !== undefined) return undefined;
  const { serial, bootMs, order } = context;
  const { withdrawal, cutMs, renewal, contact } = decisions;
  const start = (decision: Decision, rest: Partial<Decisions>) => ({
    // Every answer is a report, so each call is a probe as well.
    decisions: { ...decisions, ...rest, isProbeWanted: false, running: decision },
    decision,
  });
  if (withdrawal !== undefined) {
    return start({ kind: "withdraw", serial, ...withdrawal }, { withdrawal: undefined });
  }
  if (cutMs !== undefined && order !== undefined) {
    const cut = { order, lengthMs: cutMs, deadlineBootMs: bootMs + cutMs };
    return start({ kind: "cut", serial, ...cut }, { cutMs: undefined });
  }
  if (renewal !== undefined) return start({ kind: "renew", ...renewal }, { renewal: undefined });
  if (contact !== undefined) {
    return start({ kind: "contact", serial, ...contact }, { contact: undefined });
  }
  if (decisions.isProbeWanted) return start({ kind: "probe", serial }, {});
  return undefined;
}

export function noteAnswered(decisions: Decisions): Decisions {
  return { ...decisions, running: undefined };
}

/**
 * A failed call: what must not be lost waits for the next tick. A renewal and a contact are not
 * repeated: the next answer has one.
 */
export function noteFailed(decisions: Decisions): Decisions {
  const { running } = decisions;
  const rest = { ...decisions, running: undefined };
  if (running?.kind === "cut") return { ...rest, failedCutMs: running.lengthMs };
  if (running?.kind !== "withdraw" || decisions.withdrawal !== undefined) return rest;
  return { ...rest, failedWithdrawal: { order: running.order, because: running.because } };
}

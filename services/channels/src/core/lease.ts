// The lease of this server: pure arithmetic over instants since the boot of the kernel
// (CLOCK_BOOTTIME). A lease that has ended never lives again; a new one needs a newer term (R1 to
// R3, R9).

import type { Order, OrderAge } from "./orders.ts";

/**
 * The lease as it stands. `newestSerial` is the newest stream heard of, by whatever decision;
 * deadlines and cuts of older ones are refused, so that no report of a lease is overtaken by what
 * an older stream still delivers (R9, hazard 21).
 */
export type Lease = { readonly newestSerial: bigint } & LeaseState;

type LeaseState =
  | { readonly state: "none" }
  | { readonly state: "held"; readonly order: Order; readonly deadlineMs: number }
  | { readonly state: "ended"; readonly order: Order; readonly because: string };

/** What a monitor decided, or the heartbeat service on a new stream. */
export type LeaseDecision =
  | { readonly kind: "deadline"; readonly order: Order; readonly deadlineMs: number }
  | { readonly kind: "withdraw"; readonly order: Order; readonly because: string }
  | { readonly kind: "cut"; readonly deadlineMs: number }
  /** The monitor has answered, and grants nothing. An override may run until the deadline. */
  | {
      readonly kind: "contact";
      readonly order: Order | undefined;
      readonly deadlineMs: number | undefined;
    }
  | { readonly kind: "probe" };

export type LeaseRefusal = "STALE_TERM" | "LEASE_ENDED" | "TOO_LATE" | "OLD_STREAM" | "STOPPING";

/**
 * /proc/uptime is rounded down to this: the true instant may be as much later. The safe side is
 * later.
 */
const clockResolutionMs = 10;

/** What a decision is judged against. */
export interface LeaseContext {
  readonly bootMs: number;
  readonly stopBudgetMs: number;
  readonly streamSerial: bigint;
  /** Age of the decision's order; of no meaning for a cut and a probe. */
  readonly age: OrderAge;
}

/**
 * The lease before anything is known, or what is left of one of an earlier life of the channels
 * service.
 */
export function initialLease(earlier: Order | undefined): Lease {
  if (earlier === undefined) return { state: "none", newestSerial: 0n };
  const because = "The channels service was restarted";
  return { state: "ended", order: earlier, because, newestSerial: 0n };
}

/**
 * The instant at which a held lease ends when it is not renewed before. Undefined when none is
 * held.
 */
export function leaseEndsAtMs(lease: Lease, stopBudgetMs: number): number | undefined {
  if (lease.state !== "held") return undefined;
  return stopsAtMs(lease.deadlineMs, stopBudgetMs);
}

/** When what must be gone by a deadline has to begin to stop. */
export function stopsAtMs(deadlineMs: number, stopBudgetMs: number): number {
  return deadlineMs - stopBudgetMs - clockResolutionMs;
}

/**
 * Ends the lease when its stop budget begins. Must be applied before any decision of the same
 * instant.
 */
export function passTime(lease: Lease, now: { bootMs: number; stopBudgetMs: number }): Lease {
  const endsAtMs = leaseEndsAtMs(lease, now.stopBudgetMs);
  if (lease.state !== "held" || endsAtMs === undefined || now.bootMs < endsAtMs) return lease;
  return endLease(lease, { order: lease.order, because: "No renewal came in time" });
}

/**
 * Ends whatever lease there is and bars the order's term: no renewal of that term or an older one
 * counts.
 */
export function endLease(lease: Lease, end: { order: Order; because: string }): Lease {
  if (lease.state === "ended" && lease.order.term >= end.order.term) return lease;
  return { state: "ended", newestSerial: lease.newestSerial, ...end };
}

/** Follows a decision, or says why not. A refusal leaves the right to run as it was. */
export function decideLease(
  lease: Lease,
  decision: LeaseDecision,
  context: LeaseContext,
): { readonly lease: Lease; readonly refusedBecause: LeaseRefusal | undefined } {
  const refuse = (refusedBecause: LeaseRefusal) => ({ lease, refusedBecause });
  const heard = hearStream(lease, context);
  if (decision.kind === "probe") return { lease: heard, refusedBecause: undefined };
  if (context.age === "stale") return refuse("STALE_TERM");
  // A withdrawal is as good on an older stream: to stop is always safe.
  if (decision.kind === "withdraw") {
    return { lease: endLease(lease, decision), refusedBecause: undefined };
  }
  if (context.streamSerial < lease.newestSerial) return refuse("OLD_STREAM");
  if (decision.kind === "contact") return { lease: heard, refusedBecause: undefined };
  if (decision.kind === "cut") {
    return { lease: cutLease(lease, decision.deadlineMs, context), refusedBecause: undefined };
  }
  return renew(heard, decision, context);
}

/** Whether two leases are the same right to run, whatever is known of streams. */
export function isSameRight(one: Lease, other: Lease): boolean {
  if (one === other) return true;
  if (one.state === "none" || other.state === "none") return one.state === other.state;
  if (one.state !== other.state || one.order.term !== other.order.term) return false;
  if (one.order.journalId !== other.order.journalId) return false;
  return one.state === "ended" || (other.state === "held" && one.deadlineMs === other.deadlineMs);
}

function hearStream(lease: Lease, { streamSerial }: LeaseContext): Lease {
  return streamSerial > lease.newestSerial ? { ...lease, newestSerial: streamSerial } : lease;
}

function renew(
  lease: Lease,
  decision: { order: Order; deadlineMs: number },
  context: LeaseContext,
): { readonly lease: Lease; readonly refusedBecause: LeaseRefusal | undefined } {
  if (lease.state === "held" && lease.order.term === decision.order.term) {
    // Within a term the deadline moves forward only: answers may overtake each other (R2).
    if (decision.deadlineMs <= lease.deadlineMs) return { lease, refusedBecause: undefined };
    return { lease: { ...lease, deadlineMs: decision.deadlineMs }, refusedBecause: undefined };
  }
  if (lease.state === "ended" && decision.order.term <= lease.order.term) {
    return { lease, refusedBecause: "LEASE_ENDED" };
  }
  const { order, deadlineMs } = decision;
  const next: Lease = { state: "held", order, deadlineMs, newestSerial: lease.newestSerial };
  // A lease that would end at once is not taken, so that the next answer of this term can still
  // give it (hazard 24).
  const endsAtMs = leaseEndsAtMs(next, context.stopBudgetMs) ?? 0;
  if (context.bootMs >= endsAtMs) return { lease, refusedBecause: "TOO_LATE" };
  return { lease: next, refusedBecause: undefined };
}

// The one way for a deadline to come nearer: a new stream must not live on a release of the old one
// (R9).
function cutLease(lease: Lease, deadlineMs: number, context: LeaseContext): Lease {
  const cut = { ...lease, newestSerial: context.streamSerial };
  if (cut.state !== "held") return cut;
  return passTime({ ...cut, deadlineMs: Math.min(cut.deadlineMs, deadlineMs) }, context);
}

// What the heartbeat service knows of the lease: the last report of the channels service, the
// orders that came in grants, and the instant by which every lease that may run is over. A value;
// every change makes a new one.

import type { Decision } from "./decisions.ts";
import { type ChannelsReport, higherOrder, type Order } from "./report.ts";

/**
 * The boot clock is rounded down to this: instants computed from a report may be as much too early.
 */
const bootResolutionMs = 10;

export interface Knowledge {
  /** Whether the last call to the channels service was answered in time. */
  readonly isAnswering: boolean;
  readonly report: ChannelsReport | undefined;
  /** When that report came. */
  readonly reportedAtMs: number | undefined;
  /** Why the last call failed. Empty: it did not. */
  readonly failedBecause: string;
  /** Highest order that came in a grant. */
  readonly grantedOrder: Order | undefined;
  /**
   * Length of an ordinary lease. The first grant of a stream is one; a longer grant later on the
   * same stream is a release (R9). Undefined until a lease was granted in this life.
   */
  readonly ordinaryMs: number | undefined;
  /** End of the lease that was reported held last, since the boot of the kernel. */
  readonly reportedEndBootMs: number | undefined;
  /** Latest deadline of a renewal that was sent and not answered: it may still arrive. */
  readonly unsettledEndBootMs: number | undefined;
}

export const nothingKnown: Knowledge = {
  isAnswering: false,
  report: undefined,
  reportedAtMs: undefined,
  failedBecause: "it has not answered yet",
  grantedOrder: undefined,
  ordinaryMs: undefined,
  reportedEndBootMs: undefined,
  unsettledEndBootMs: undefined,
};

export function noteReport(
  knowledge: Knowledge,
  report: ChannelsReport,
  { nowMs, bootMs }: { readonly nowMs: number; readonly bootMs: number },
): Knowledge {
  const { lease } = report;
  // A lease that has ended keeps its old instant: until then its channels may still be stopping.
  const reportedEndBootMs =
    lease.kind === "held"
      ? bootMs + lease.timeLeftMs + bootResolutionMs
      : knowledge.reportedEndBootMs;
  return {
    ...knowledge,
    isAnswering: true,
    report,
    reportedAtMs: nowMs,
    failedBecause: "",
    reportedEndBootMs,
  };
}

export function noteSilence(
  knowledge: Knowledge,
  failed: { readonly decision: Decision | undefined; readonly because: string },
): Knowledge {
  const { decision, because } = failed;
  const unsettledEndBootMs =
    decision?.kind === "renew"
      ? later(knowledge.unsettledEndBootMs, decision.deadlineBootMs)
      : knowledge.unsettledEndBootMs;
  return { ...knowledge, isAnswering: false, failedBecause: because, unsettledEndBootMs };
}

/** Notes the length of a granted lease. */
export function noteGrantedLength(
  knowledge: Knowledge,
  granted: { readonly lengthMs: number; readonly isFirstOfStream: boolean },
): Knowledge {
  const known = granted.isFirstOfStream ? undefined : knowledge.ordinaryMs;
  const ordinaryMs = Math.min(known ?? granted.lengthMs, granted.lengthMs);
  return ordinaryMs === knowledge.ordinaryMs ? knowledge : { ...knowledge, ordinaryMs };
}

export function noteGrantedOrder(knowledge: Knowledge, order: Order): Knowledge {
  const grantedOrder = higherOrder(knowledge.grantedOrder, order);
  return grantedOrder === knowledge.grantedOrder ? knowledge : { ...knowledge, grantedOrder };
}

/**
 * The highest order known: of the report, or of a grant that the channels service has not seen yet.
 * What is sent goes by it; what is told to the monitor goes by the report alone.
 */
export function highestOrder(knowledge: Knowledge): Order | undefined {
  return higherOrder(knowledge.report?.highest, knowledge.grantedOrder);
}

/**
 * The order to cut a lease by: that of the lease itself, so that nothing else is told by the way.
 */
export function orderOfCut(knowledge: Knowledge, serverId: string): Order | undefined {
  const lease = knowledge.report?.lease;
  if (lease?.kind !== "held") return highestOrder(knowledge);
  return { serverId, term: lease.term, journalId: lease.journalId };
}

/** When every lease that may run is over. Undefined: none was ever seen. */
export function leaseEndBootMs(
  knowledge: Knowledge,
  running: Decision | undefined,
): number | undefined {
  const settled = later(knowledge.reportedEndBootMs, knowledge.unsettledEndBootMs);
  return running?.kind === "renew" ? later(settled, running.deadlineBootMs) : settled;
}

/**
 * Why heartbeats shall count as silence: a protected channel FAILED and the operator wants that to
 * matter.
 */
export function failedChannelBecause(report: ChannelsReport | undefined): string {
  const failed = report?.channels.find(({ activity }) => activity === "failed");
  return failed === undefined ? "" : `protected channel "${failed.name}" has FAILED`;
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

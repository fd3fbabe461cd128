// What the local channels service says of the lease and of the protected channels, as values of the
// core.

/** The fencing token of a decision: whose channels, under which term of which journal. */
export interface Order {
  readonly serverId: string;
  readonly term: bigint;
  readonly journalId: string;
}

/**
 * What a channel does. `restarting` and `failed` have no process, but only a failed one stays
 * without.
 */
export type Activity = "stopped" | "starting" | "started" | "stopping" | "restarting" | "failed";

/** A channel that this server protects. Term 0: never started under a term. */
export interface ProtectedChannel {
  readonly name: string;
  readonly activity: Activity;
  readonly term: bigint;
  /** Of its definition, as the channels service made it: the monitor compares it with others. */
  readonly digest: string;
}

/** The lease of this server. `none`: none in this life of the channels service. */
export type Lease =
  | { readonly kind: "none" }
  | {
      readonly kind: "held";
      readonly term: bigint;
      readonly journalId: string;
      readonly timeLeftMs: number;
    }
  | {
      readonly kind: "ended";
      readonly term: bigint;
      readonly journalId: string;
      readonly because: string;
    }
  /** None, but an operator had channels started all the same (R10). Term 0: no order was known. */
  | {
      readonly kind: "override";
      readonly term: bigint;
      readonly journalId: string;
      readonly actor: { readonly name: string; readonly reason: string };
      readonly sinceWallMs: number;
      /** Undefined: until a monitor answers. */
      readonly timeLeftMs: number | undefined;
    };

/** One answer of the channels service. */
export interface ChannelsReport {
  /** The newest order that it has seen for this server. */
  readonly highest: Order | undefined;
  readonly lease: Lease;
  readonly channels: readonly ProtectedChannel[];
  /** Machine and store that a lease belongs to (R6). */
  readonly holder: string;
  /** Why it did not follow the decision. Empty: it did. */
  readonly refusedBecause: string;
}

/** The order of the higher term; the first one where the terms are equal. */
export function higherOrder(a: Order | undefined, b: Order | undefined): Order | undefined {
  if (a === undefined) return b;
  return b !== undefined && b.term > a.term ? b : a;
}

/** Whether protected channels may run now, by a lease or without one. */
export function mayRun({ lease }: ChannelsReport): boolean {
  return lease.kind === "held" || lease.kind === "override";
}

/** Whether no protected channel has a process, or can get one by itself. */
export function isAllStopped(report: ChannelsReport): boolean {
  return report.channels.every(({ activity }) => activity === "stopped" || activity === "failed");
}

/**
 * Whether two reports differ in something that a monitor waits for. Time left always differs and
 * does not count.
 */
export function isNews(before: ChannelsReport | undefined, after: ChannelsReport): boolean {
  if (before === undefined || before.holder !== after.holder) return true;
  if (before.highest?.term !== after.highest?.term) return true;
  return !isSameLease(before.lease, after.lease) || !isSameWork(before.channels, after.channels);
}

function isSameLease(before: Lease, after: Lease): boolean {
  if (before.kind === "none" || after.kind === "none") return before.kind === after.kind;
  return (
    before.kind === after.kind && before.term === after.term && before.journalId === after.journalId
  );
}

function isSameWork(
  before: readonly ProtectedChannel[],
  after: readonly ProtectedChannel[],
): boolean {
  if (before.length !== after.length) return false;
  for (const [index, channel] of after.entries()) {
    const other = before[index];
    if (other?.name !== channel.name || other.activity !== channel.activity) return false;
    if (other.term !== channel.term || other.digest !== channel.digest) return false;
  }
  return true;
}

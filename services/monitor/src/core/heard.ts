// A heartbeat as the core hears it.

import type { Actor } from "./run-record.ts";

/** What judging needs of a heartbeat. The edge fills one such record in place, again and again. */
export interface Heard {
  sequence: number;
  acknowledged: number;
  isChannelsAnswering: boolean;
  unfitBecause: string;
  lease: "none" | "held" | "ended" | "override";
  /** Who had the channels started without a lease; of meaning only with an override. */
  override: Actor | undefined;
  /** What is left of a held lease. */
  leaseLeftMs: number;
  leaseTerm: bigint;
  isLeaseOfThisJournal: boolean;
  /** Highest order that the server knows. Term 0: none. */
  highestTerm: bigint;
  isHighestOfThisJournal: boolean;
  /** Whether every protected channel of the server is without a process. */
  areChannelsStopped: boolean;
  holder: string;
  host: string;
}

/** A record to be filled from heartbeats, again and again. */
export function newHeard(): Heard {
  return {
    sequence: 0,
    acknowledged: 0,
    isChannelsAnswering: false,
    unfitBecause: "",
    lease: "none",
    override: undefined,
    leaseLeftMs: 0,
    leaseTerm: 0n,
    isLeaseOfThisJournal: false,
    highestTerm: 0n,
    isHighestOfThisJournal: false,
    areChannelsStopped: false,
    holder: "",
    host: "",
  };
}

// What a monitor remembers durably of one watched server. A value: every change makes a new one.

import type { Actor } from "./run-record.ts";

/**
 * Whether the server works, as far as the monitor knows. `unheard`: never heard at all. `waiting`:
 * it was live when the monitor stopped, and has not been heard since this monitor started.
 */
export type ServerState = "unheard" | "waiting" | "live" | "dead" | "closed";

/** What a change of state tells the world. */
export type Signal = "LIVE" | "DEAD" | "CLOSE";

/** Who should run the protected channels. */
export type Assignment = "nobody" | "primary" | "backup";

/**
 * An operator's wish that nothing be declared. Instants are wall clock, milliseconds since 1970.
 */
export interface Maintenance {
  readonly owner: string;
  readonly reason: string;
  readonly sinceWallMs: number;
  /** Absent: until it is cleared. */
  readonly untilWallMs: number | undefined;
}

/** A failback that waits: for an operator, or for the server to be live for a while. */
export type Hold =
  | { readonly until: "operator" }
  | {
      readonly until: "stable";
      readonly delayMs: number;
      /** Deaths in a row that made it wait so long. 0: configuration did. */
      readonly deaths: number;
    };

/** A long last lease that a monitor left when it stopped in good order (R9). */
export interface Release {
  /** Length of the lease. */
  readonly boundMs: number;
  /** By the clock of a monitor its channels are gone after this: drift and margin included. */
  readonly lastsMs: number;
  /** Wall clock, milliseconds since 1970. */
  readonly sinceWallMs: number;
  /**
   * The monitor that left it, by its server. Empty: not known, because the journal of that monitor
   * was lost, or it is an ordinary lease of an earlier configuration.
   */
  readonly by: string;
  /** Machine that it was left to. Empty: any machine may hold it. */
  readonly holder: string;
}

/** What a lease of one configuration may come to. */
export interface LongestLease {
  readonly leaseMs: number;
  /** By the clock of a monitor its channels are gone after this: drift and margin included. */
  readonly lastsMs: number;
}

/** The durable record of one watched server. */
export interface ServerRecord {
  readonly serverId: string;
  readonly state: ServerState;
  /** Why it has this state, in one line for people. */
  readonly because: string;
  readonly changedWallMs: number;
  readonly assignment: Assignment;
  /** Rises with every signal and every other change of mind. 0: nothing was ever decided. */
  readonly term: bigint;
  /** Machine and store that the lease belongs to. Empty: not known. */
  readonly holder: string;
  readonly host: string;
  /**
   * Targets that have confirmed STOPPED above every start ever sent to them. All others are dirty.
   */
  readonly cleanTargets: readonly string[];
  /**
   * Targets that were ever ordered to start and have not confirmed STOPPED since, whether or not
   * the flow still names them.
   */
  readonly startedTargets: readonly string[];
  /** Who asked for the switchover for which the primary is giving its lease back now. */
  readonly switchover: Actor | undefined;
  /** The backup has the channels by an operator's switchover: only an operator gives them back. */
  readonly isTakenBySwitchover: boolean;
  readonly hold: Hold | undefined;
  readonly maintenance: Maintenance | undefined;
  /** Absent: no lease is longer than an ordinary one. */
  readonly release: Release | undefined;
  /**
   * The longest ordinary lease that may be out, whatever configuration it was granted under.
   * Absent: none was ever granted, or all are over.
   */
  readonly longestLease: LongestLease | undefined;
  /** It was live without protection, and has shown no lease since: no time stops its channels. */
  readonly isUnleased: boolean;
  /** A close came during maintenance and is still to be told. */
  readonly isCloseUntold: boolean;
  /** Deaths in a row because no lease was ever held although the server beat on. */
  readonly unwillingDeaths: number;
  /** Deaths since it last ran its channels for as long as flap protection asks. */
  readonly recentDeaths: number;
  /** Term that began the present incident: mails of one incident are one conversation. */
  readonly incidentTerm: bigint;
  /**
   * The run that started channels on the backup, watched as long as the assignment stands. Empty:
   * none.
   */
  readonly takeoverRunId: string;
}

/** The record of a server that was never heard. With no journal behind it every target is dirty. */
export function newServerRecord(serverId: string, wallMs: number): ServerRecord {
  return {
    serverId,
    state: "unheard",
    because: "No heartbeat has ever been heard",
    changedWallMs: wallMs,
    assignment: "nobody",
    term: 0n,
    holder: "",
    host: "",
    cleanTargets: [],
    startedTargets: [],
    switchover: undefined,
    isTakenBySwitchover: false,
    hold: undefined,
    maintenance: undefined,
    release: undefined,
    longestLease: undefined,
    isUnleased: false,
    isCloseUntold: false,
    unwillingDeaths: 0,
    recentDeaths: 0,
    incidentTerm: 0n,
    takeoverRunId: "",
  };
}

// What an onlooker sees of a story: programs that run, signals that are recorded, mails that
// arrive. Checkers judge by this alone; they know nothing of the state of any service.

import type { Signal } from "../services/monitor/src/core/server-record.ts";

export type Fact =
  /** A program of a channel begins, under the term it was told. 0: none. */
  | {
      readonly kind: "program_began";
      readonly machine: string;
      readonly channel: string;
      readonly protectedBy: string;
      readonly term: bigint;
      /** An operator started it without a lease and without an order (R10). */
      readonly isOverridden: boolean;
    }
  | {
      readonly kind: "override_changed";
      readonly machine: string;
      readonly serverId: string;
      readonly isInForce: boolean;
      /** It ends because its whole service stops. */
      readonly isStopping: boolean;
    }
  /** An operator vouches for a target: what it knew of these channels is asked of nobody. */
  | { readonly kind: "stopped_confirmed"; readonly channels: readonly string[] }
  | { readonly kind: "program_ended"; readonly machine: string; readonly channel: string }
  /** Somebody asks a program to stop that is none of a failover's business. */
  | { readonly kind: "own_work_stopped"; readonly machine: string; readonly channel: string }
  /** A machine stands still with all its programs, and goes on. */
  | { readonly kind: "machine_suspended"; readonly machine: string }
  | { readonly kind: "machine_resumed"; readonly machine: string }
  | ({ readonly kind: "signal_recorded" } & SignalFact)
  /** A server's state in the journal has changed, with or without a signal in the same commit. */
  | {
      readonly kind: "state_committed";
      readonly serverId: string;
      readonly state: string;
      readonly isInMaintenance: boolean;
      /** How long a lease may last that it left to the server in a release (R9). 0: none is out. */
      readonly releasedMs: number;
    }
  /** A monitor's journal is lost, or an older copy of it is put back. */
  | {
      readonly kind: "journal_replaced";
      readonly lostId: string;
      readonly journalId: string;
      readonly lastSignalId: bigint;
      /** What the new one says of the servers. */
      readonly servers: readonly RememberedFact[];
    }
  /** Notify has promised to deliver a mail. */
  | ({ readonly kind: "mail_accepted"; readonly messageId: string } & MailFact)
  /** The SMTP server has taken a mail. */
  | { readonly kind: "mail_taken"; readonly messageId: string }
  /** The SMTP server's answer does not reach the ledger: the same mail may come again. */
  | { readonly kind: "mail_answer_lost"; readonly messageId: string }
  /** A heartbeat reaches the monitor on a stream that counts. */
  | {
      readonly kind: "heartbeat_arrived";
      readonly serverId: string;
      /** Where it comes from: not always the server that it names. */
      readonly machine: string;
      readonly sentAtMs: number;
      /** Age of the answer that it acknowledges, by the monitor's clock. NaN: it does not. */
      readonly proofAgeMs: number;
      /** It says that its channels service answers. */
      readonly isAnswering: boolean;
      /** An operator's drill counts it as silence. */
      readonly isSilenced: boolean;
    }
  /** What faults have done to a watched server and to the way of its heartbeats. */
  | {
      readonly kind: "health_changed";
      readonly serverId: string;
      /** Every part of the way from its channels to the monitor's machine works. */
      readonly isSound: boolean;
      /** Its heartbeat service runs and is not frozen. */
      readonly isBeating: boolean;
      /** Its channels service serves and is not frozen. */
      readonly isServed: boolean;
      /** All of the way works, but its channels service refuses every lease. */
      readonly isUnwilling: boolean;
      /** The monitor runs and is not frozen, and in which of its lives. */
      readonly isMonitorAwake: boolean;
      /** It can store what it decides. */
      readonly isMonitorStoring: boolean;
      readonly monitorLife: number;
    }
  /** Something of a server waits in a socket of its monitor, which stands still, or is read now. */
  | { readonly kind: "input_waits"; readonly serverId: string; readonly isUnread: boolean }
  /** A channels service has lost its store, and with it every order that it had seen. */
  | { readonly kind: "store_lost"; readonly machine: string }
  /** An operator asks for a failback or a switchover. */
  | { readonly kind: "operator_asked"; readonly serverId: string }
  /** From here on no fault is at work. */
  | { readonly kind: "healed" };

export interface RememberedFact {
  readonly serverId: string;
  readonly state: string;
  readonly releasedMs: number;
}

export interface SignalFact {
  readonly signalId: bigint;
  readonly serverId: string;
  readonly signal: Signal;
  readonly term: bigint;
  readonly journalId: string;
  /** It says that a drill has brought it about. */
  readonly isOfDrill: boolean;
}

/** What a mail tells its reader. */
export interface MailFact {
  readonly journalId: string;
  readonly serverId: string;
  readonly signal: string;
  readonly term: bigint;
  /** "signal", "failback", "switchover", or "drill" of a death behind one. */
  readonly reason: string;
  /** A mail that said what failed went out before. */
  readonly isResolution: boolean;
}

/** A broken promise. */
export interface Violation {
  readonly invariant: string;
  readonly atMs: number;
  readonly text: string;
}

/** Watches for one promise. */
export interface Checker {
  note(fact: Fact, nowMs: number): void;
  /** The story is over. */
  conclude(nowMs: number): void;
}

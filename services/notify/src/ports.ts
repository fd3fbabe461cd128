// What the notify service needs from outside.

import type { Acceptance } from "./core/acceptance.ts";
import type { Letter, Message } from "./core/message.ts";
import type { AttemptReport, DeliveryState, Progress } from "./core/outbox.ts";

/** A letter that asks to be accepted. Its place in the thread is found in the ledger. */
export interface Application {
  readonly letter: Omit<Letter, "inReplyTo">;
  /** Hash of the content that was asked for. */
  readonly fingerprint: string;
  readonly nowMs: number;
  readonly outboxMax: number;
}

/** A message out of the store, or why what is stored there is none. */
export type Reading =
  | { readonly isReadable: true; readonly message: Message }
  | { readonly isReadable: false; readonly because: string };

/**
 * The durable outbox and delivery ledger. What a method has changed is on disk when it returns. A
 * message that cannot be read is told by `find` and `list` as failed, with what is left of it.
 */
export interface Ledger extends Disposable {
  /** Random, made when the store was created. Makes Message-IDs of two stores differ. */
  readonly storeId: string;
  /** What is stored under a key, removed messages included; undefined for an unknown key. */
  findKey(key: string): { readonly fingerprint: string; readonly messageId: string } | undefined;
  /** Judges and stores a letter in one transaction. */
  accept(application: Application): Acceptance;
  /** The message with this key. */
  find(key: string): Message | undefined;
  /** The message with this sequence. Throws only when the store itself cannot be read. */
  read(sequence: number): Reading | undefined;
  /** Messages older than `before`, newest first. */
  list(filter: {
    readonly state: DeliveryState | undefined;
    readonly before: number | undefined;
    readonly limit: number;
  }): readonly Message[];
  /** How many messages are queued, and when the oldest of them was accepted. */
  queue(): { readonly count: number; readonly oldestMs: number | undefined };
  /** The queued messages that are due first. */
  listNext(limit: number): readonly { readonly sequence: number; readonly nextAttemptMs: number }[];
  /** Makes due at once what is dated after `latestMs`. */
  advanceLaterThan(latestMs: number, nowMs: number): void;
  save(sequence: number, progress: Progress): void;
  /** Ends a message that cannot be read as failed, and touches nothing else of it. */
  setAside(sequence: number, aside: { readonly because: string; readonly nowMs: number }): void;
  /**
   * Removes up to `limit` messages settled before an instant, and returns how many. Keeps their
   * keys.
   */
  removeSettled(beforeMs: number, limit: number): number;
}

/** One attempt for some recipients of a letter. */
export interface Mail extends Letter {
  readonly acceptedMs: number;
  /** Who gets it in this attempt: the envelope. The headers name everybody. */
  readonly recipients: readonly string[];
}

/** Hands mail over to a server. */
export interface Transport {
  /**
   * Never rejects: whatever goes wrong is a report. Ends within the timeouts of its configuration.
   */
  deliver(mail: Mail): Promise<AttemptReport>;
  /**
   * Whether the server would take a message now, as far as that can be seen without one. "" or why
   * not, in one line. Never rejects, and ends within seconds.
   */
  check(): Promise<string>;
  /** Lets go of idle connections; no deliver may follow. */
  close(): void;
}

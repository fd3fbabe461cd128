// A watched server while one event is applied to it: what the rules in declare.ts, handover.ts and
// gate.ts change.

import type { Actor } from "./run-record.ts";
import type { Refusal, ServerEffect, ServerEvent } from "./server-event.ts";
import type { ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

/** A gate that is being passed (gate.ts). */
export interface Gate {
  readonly term: bigint;
  readonly beganMs: number;
  /** Until this instant a clean target may still answer. Infinity once it has passed. */
  readonly patienceEndsMs: number;
  readonly confirmed: readonly string[];
}

/** Everything a monitor knows of a watched server but its heartbeats. Only `record` is durable. */
export interface Server {
  readonly record: ServerRecord;
  readonly gate: Gate | undefined;
  /** R5: no start order goes to a target before this instant. */
  readonly startsNotBeforeMs: number;
  /** R6: until this instant only a lease that is already held is renewed. */
  readonly heldOnlyUntilMs: number;
  /**
   * R9: until this instant a lease of a release may last. -Infinity: there is none. Infinity: this
   * very monitor is granting it.
   */
  readonly releasedUntilMs: number;
  /** Live without a break since. */
  readonly liveSinceMs: number;
  /** Live with its channels since, while deaths are held against it (flap.ts). */
  readonly steadySinceMs: number | undefined;
  readonly closedSinceMs: number;
  /** A server that died unwilling is not believed to be live before this instant. */
  readonly liveNotBeforeMs: number;
  readonly maintenanceUntilMs: number | undefined;
}

/** A server under change. */
export interface Draft {
  readonly settings: ServerSettings;
  readonly event: ServerEvent;
  server: Server;
  readonly effects: ServerEffect[];
  refusal: Refusal | undefined;
}

/** Changes the durable record of a draft. */
export function change(draft: Draft, fields: Partial<ServerRecord>): void {
  draft.server = { ...draft.server, record: { ...draft.server.record, ...fields } };
}

/** Adds a line to the history of a draft's server. */
export function note(draft: Draft, text: string, actor: Actor | undefined): void {
  draft.effects.push({ kind: "note", text, actor });
}

/** Raises the term: everything decided from now on is newer than every order before. */
export function raiseTerm(draft: Draft): void {
  change(draft, { term: draft.server.record.term + 1n });
  draft.effects.push({ kind: "forget_grants" });
}

/** Refuses an operator's wish: nothing of the draft will be kept. */
export function refuse(draft: Draft, reason: string, message: string): void {
  draft.refusal = { reason, message };
}

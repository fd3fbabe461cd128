// What one decision writes into the journal.

import { isDeepStrictEqual } from "node:util";
import { isWithin } from "./core/longest-lease.ts";
import { type Evidence, evidenceInWords } from "./core/evidence.ts";
import type { ServerEffect } from "./core/server-event.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { JournalChange, SignalRecord } from "./ports.ts";

/** The record of a step, its signals numbered from `lastSignalId`, and its lines of history. */
export function journalChange(
  record: ServerRecord,
  effects: readonly ServerEffect[],
  given: { lastSignalId: bigint; wallMs: number; evidence?: Evidence | undefined },
): JournalChange {
  const { serverId, host, term } = record;
  const { wallMs, evidence: facts } = given;
  const evidence = facts === undefined ? "" : evidenceInWords(facts);
  let signalId = given.lastSignalId;
  const signals = effects.flatMap((effect): SignalRecord[] => {
    if (effect.kind !== "record_signal") return [];
    const { kind, ...told } = effect;
    signalId += 1n;
    return [{ ...told, evidence, facts, signalId, serverId, host, term, wallMs }];
  });
  const history = effects.flatMap((effect) =>
    effect.kind === "note"
      ? [{ serverId, wallMs, text: effect.text, actor: effect.actor, term, evidence, refusal: "" }]
      : [],
  );
  return { servers: [record], signals, runs: [], history };
}

const durableEffects: ReadonlySet<ServerEffect["kind"]> = new Set([
  "record_signal",
  "begin_run",
  "release_run",
  "drop_runs",
  "note",
]);

/** Whether less of what was granted may still be out than before. */
export function isLessLeft(before: ServerRecord, after: ServerRecord): boolean {
  if (before.release !== after.release || before.isUnleased !== after.isUnleased) return true;
  return before.longestLease !== after.longestLease;
}

/**
 * Whether a step changed anything that the journal keeps. That a server which was live is heard
 * again is nothing new to it, and costs no commit when a thousand of them come back at once; that
 * their releases and longer leases are over is stored later, for all of them at once.
 */
export function mustBeStored(
  before: ServerRecord,
  after: ServerRecord,
  effects: readonly ServerEffect[],
): boolean {
  if (effects.some((effect) => durableEffects.has(effect.kind))) return true;
  if (before === after) return false;
  const isHeardAgain = before.state === "waiting" && after.state === "live";
  const { state, because, changedWallMs } = before;
  const told = isHeardAgain ? { ...after, state, because, changedWallMs } : after;
  const { release = before.release } = after;
  const isUnleased = before.isUnleased || after.isUnleased;
  const isKnown = isWithin(after.longestLease, before.longestLease);
  const { longestLease } = isKnown ? before : after;
  return !isDeepStrictEqual({ ...told, release, isUnleased, longestLease }, before);
}

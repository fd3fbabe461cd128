// What one decision writes into the journal.

import type { ServerEffect } from "./core/server-event.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { JournalChange, SignalRecord } from "./ports.ts";

/** The record of a step, its signals numbered from `lastSignalId`, and its lines of history. */
export function journalChange(
  record: ServerRecord,
  effects: readonly ServerEffect[],
  given: { lastSignalId: bigint; wallMs: number },
): JournalChange {
  const { serverId, host, term } = record;
  const { wallMs } = given;
  let signalId = given.lastSignalId;
  const signals = effects.flatMap((effect): SignalRecord[] => {
    if (effect.kind !== "record_signal") return [];
    const { signal, because, document, evidence, runId } = effect;
    signalId += 1n;
    return [{ signal, because, document, evidence, runId, signalId, serverId, host, term, wallMs }];
  });
  const history = effects.flatMap((effect) =>
    effect.kind === "note"
      ? [{ serverId, wallMs, text: effect.text, actor: effect.actor, term }]
      : [],
  );
  return { servers: [record], signals, runs: [], history };
}

// An operator's word that a journal was restored, as one change of the journal.

import { restoreRun, restoreServer } from "./core/restored.ts";
import type { Actor } from "./core/run-record.ts";
import { newServerRecord } from "./core/server-record.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import type { JournalChange, JournalContent } from "./ports.ts";

/** What the restore of a journal changes in it, for the servers that configuration names. */
export function restoredJournal(
  content: JournalContent,
  given: { servers: readonly ServerSettings[]; actor: Actor; wallMs: number },
): JournalChange {
  const { wallMs, actor } = given;
  const stored = new Map(content.servers.map((record) => [record.serverId, record]));
  const servers = given.servers.map((settings) => {
    const { serverId } = settings;
    const record = stored.get(serverId) ?? newServerRecord(serverId, wallMs);
    return restoreServer(record, settings, wallMs);
  });
  const text = "The journal was restored: it trusts nothing that it says";
  return {
    servers,
    signals: [],
    runs: content.runs.map((run) => restoreRun(run, wallMs)),
    history: servers.map(({ serverId, term }) => ({ serverId, wallMs, text, actor, term })),
  };
}

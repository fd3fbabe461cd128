// An operator's word that a journal was restored, as one change of the journal.

import { restoreRun, restoreServer } from "./core/restored.ts";
import type { Actor } from "./core/run-record.ts";
import { newServerRecord } from "./core/server-record.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import type { JournalChange, JournalContent } from "./ports.ts";

const restored = "The journal was restored: nothing that it says is trusted";

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
  return {
    servers,
    signals: [],
    runs: content.runs.map((run) => restoreRun(run, wallMs)),
    history: servers.map(({ serverId, term }) => {
      const isOn = stored.get(serverId)?.maintenance !== undefined;
      const text = isOn ? `${restored}; maintenance was on, and has ended` : restored;
      return { serverId, wallMs, text, actor, term };
    }),
  };
}

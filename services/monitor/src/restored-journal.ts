// An operator's word that a journal was restored, as one change of the journal.

import assert from "node:assert";
import { restoreRun, restoreServer } from "./core/restored.ts";
import type { Actor } from "./core/run-record.ts";
import { newServerRecord } from "./core/server-record.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import { historyLine, type JournalChange, type JournalContent } from "./ports.ts";

const restored = "The journal was restored: nothing that it says is trusted";

/**
 * What the restore of a journal changes in it: for the servers that configuration names, and for
 * all others that it knows of, which may be named again.
 */
export function restoredJournal(
  content: JournalContent,
  given: { servers: readonly ServerSettings[]; actor: Actor; wallMs: number },
): JournalChange {
  const { wallMs, actor } = given;
  const stored = new Map(content.servers.map((record) => [record.serverId, record]));
  const configured = new Map(given.servers.map((settings) => [settings.serverId, settings]));
  const longest = longestReleaseOf(given.servers);
  const servers = [...new Set([...configured.keys(), ...stored.keys()])].map((serverId) => {
    const record = stored.get(serverId) ?? newServerRecord(serverId, wallMs);
    return restoreServer(record, configured.get(serverId) ?? longest, wallMs);
  });
  return {
    servers,
    signals: [],
    runs: content.runs.map((run) => restoreRun(run, wallMs)),
    history: servers.map(({ serverId, term }) => {
      const isOn = stored.get(serverId)?.maintenance !== undefined;
      const text = isOn ? `${restored}; maintenance was on, and has ended` : restored;
      return historyLine({ serverId, wallMs, text, actor, term });
    }),
  };
}

// Of a server that configuration names no more nobody knows how it was released: as long as any.
function longestReleaseOf(servers: readonly ServerSettings[]): ServerSettings {
  const [longest] = servers.toSorted((a, b) => (b.releaseMs ?? 0) - (a.releaseMs ?? 0));
  assert(longest !== undefined, "configuration names a server at least");
  return longest;
}

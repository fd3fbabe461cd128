// The journal in memory, for unit tests and the simulator. The disk is apart from the journal, so
// that a journal can be dropped as in a crash and opened again on the same disk, or on an old copy
// of it.

import type { RunRecord } from "../core/run-record.ts";
import type { ServerRecord } from "../core/server-record.ts";
import type { ToldReadiness } from "../core/told-readiness.ts";
import type {
  HistoryEntry,
  Journal,
  JournalChange,
  JournalContent,
  JournalLists,
  Page,
  SignalRecord,
} from "../ports.ts";
import { type DrillsOnDisk, openMemoryDrills } from "./memory-drills.ts";
import { assertNextSignals } from "./next-signals.ts";
import { defaultRetention, isUnfinished, type Retention } from "./retention.ts";

/** What a crash leaves. Records are values, so the disk keeps them as they are. */
export interface MemoryDisk {
  readonly journalId: string;
  readonly servers: Map<string, ServerRecord>;
  /** Oldest first. */
  readonly signals: SignalRecord[];
  /** By run id, oldest first: a run that is replaced keeps its place. */
  readonly runs: Map<string, { readonly position: bigint; readonly run: RunRecord }>;
  /** Oldest first. */
  readonly history: HistoryEntry[];
  readonly drills: DrillsOnDisk;
  /** By server id. */
  readonly readiness: Map<string, ToldReadiness>;
  lastPosition: bigint;
}

/** An empty disk. The id is given and not made, so that one seed decides everything. */
export function createMemoryDisk(journalId: string): MemoryDisk {
  const empty = {
    servers: new Map(),
    signals: [],
    runs: new Map(),
    history: [],
    drills: new Map(),
    readiness: new Map(),
  };
  return { journalId, ...empty, lastPosition: 0n };
}

/** A copy that later commits do not change: a backup of the journal. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return {
    journalId: disk.journalId,
    servers: new Map(disk.servers),
    signals: [...disk.signals],
    runs: new Map(disk.runs),
    history: [...disk.history],
    drills: new Map(disk.drills),
    readiness: new Map(disk.readiness),
    lastPosition: disk.lastPosition,
  };
}

/** A disk as restoreSqliteJournal leaves the file: what was on it, restored, under another id. */
export function restoreMemoryDisk(
  disk: MemoryDisk,
  given: { journalId: string; restore: (content: JournalContent) => JournalChange },
): MemoryDisk {
  const restored = { ...copyMemoryDisk(disk), journalId: given.journalId };
  const journal = openMemoryJournal(restored);
  journal.commit(given.restore(journal.load()));
  return restored;
}

/** Opens the journal on a disk. An earlier journal on it must not be used any more. */
export function openMemoryJournal(
  disk: MemoryDisk,
  retention: Retention = defaultRetention,
): Journal {
  return {
    journalId: disk.journalId,
    load: () => ({
      servers: [...disk.servers.values()].toSorted((a, b) => (a.serverId < b.serverId ? -1 : 1)),
      runs: neededRuns(disk),
      lastSignalId: lastSignalId(disk),
    }),
    commit: (change) => {
      assertNextSignals(change.signals, lastSignalId(disk));
      write(disk, change);
      prune(disk, retention);
    },
    ...createLists(disk),
    ...openMemoryDrills(disk, retention.runsMax),
    saveReadiness: (told, lines) => {
      for (const each of told) disk.readiness.set(each.serverId, each);
      disk.history.push(...lines);
    },
    loadReadiness: () => [...disk.readiness.values()],
    [Symbol.dispose]: () => {},
  };
}

function lastSignalId(disk: MemoryDisk): bigint {
  return disk.signals.at(-1)?.signalId ?? 0n;
}

function neededRuns(disk: MemoryDisk): readonly RunRecord[] {
  const takeovers = takeoverRunIds(disk);
  return [...disk.runs.values()]
    .map(({ run }) => run)
    .filter((run) => isUnfinished(run) || takeovers.has(run.runId));
}

function takeoverRunIds(disk: MemoryDisk): ReadonlySet<string> {
  return new Set([...disk.servers.values()].map((server) => server.takeoverRunId));
}

function write(disk: MemoryDisk, change: JournalChange): void {
  for (const server of change.servers) disk.servers.set(server.serverId, server);
  disk.signals.push(...change.signals);
  for (const run of change.runs) {
    const known = disk.runs.get(run.runId);
    if (known === undefined) disk.lastPosition += 1n;
    disk.runs.set(run.runId, { position: known?.position ?? disk.lastPosition, run });
  }
  disk.history.push(...change.history);
}

function prune(disk: MemoryDisk, retention: Retention): void {
  dropOldest(disk.signals, { keep: retention.signalsMax, surplusMax: retention.surplusMax });
  dropOldest(disk.history, { keep: retention.historyLinesMax, surplusMax: retention.surplusMax });
  if (disk.runs.size <= retention.runsMax + retention.surplusMax) return;
  const takeovers = takeoverRunIds(disk);
  const newestPruned = disk.lastPosition - BigInt(retention.runsMax);
  for (const [runId, { position, run }] of disk.runs) {
    if (position > newestPruned) break;
    if (!isUnfinished(run) && !takeovers.has(runId)) disk.runs.delete(runId);
  }
}

function dropOldest(list: unknown[], bounds: { keep: number; surplusMax: number }): void {
  if (list.length > bounds.keep + bounds.surplusMax) list.splice(0, list.length - bounds.keep);
}

function createLists(disk: MemoryDisk): JournalLists {
  return {
    listSignals: (page) =>
      disk.signals
        .filter((each) => isOf(page.serverId, each) && isBefore(page, each.signalId))
        .toReversed()
        .slice(0, page.limit),
    listSignalsAfter: (signalId, { serverId, limit }) =>
      disk.signals
        .filter((each) => isOf(serverId, each) && each.signalId > signalId)
        .slice(0, limit),
    listRuns: (page) =>
      [...disk.runs.values()]
        .filter(({ position, run }) => isOf(page.serverId, run) && isBefore(page, position))
        .toReversed()
        .slice(0, page.limit),
    findRun: (runId) => disk.runs.get(runId)?.run,
    listHistory: (serverId, limit) =>
      disk.history
        .filter((each) => each.serverId === serverId)
        .toReversed()
        .slice(0, limit),
    listHistoryOfTerms: (serverId, { from, below, limit }) =>
      disk.history
        .filter(
          (each) =>
            each.serverId === serverId &&
            each.term >= from &&
            (below === undefined || each.term < below),
        )
        .slice(0, limit),
  };
}

function isOf(serverId: string, record: { readonly serverId: string }): boolean {
  return serverId === "" || record.serverId === serverId;
}

function isBefore(page: Page, position: bigint): boolean {
  return page.before === undefined || position < page.before;
}

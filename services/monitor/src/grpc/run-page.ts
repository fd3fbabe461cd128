// One page of runs. It ends at its size in runs or in bytes, whichever comes first, because a run
// keeps the last output of every channel that failed, and a client takes no more than 4 MiB.

import { Run } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeRun } from "../convert.ts";
import type { RunRecord } from "../core/run-record.ts";
import type { MonitorParts } from "../parts.ts";
import type { Journal, Page } from "../ports.ts";
import { fitRun } from "./fit-run.ts";

/** Far below the limit of clients, with room for a first run that is larger and comes alone. */
const pageBytesMax = 1024 * 1024;

/** Runs read from the journal at once. */
const chunkSize = 20;

/** Runs, newest first. */
export interface RunPage {
  readonly runs: readonly Run[];
  /** Position of the last one, where more follow. Absent: no more. */
  readonly next: bigint | undefined;
}

/** A run as it is told, small enough to arrive. */
export function tellRun(
  { clock, journal }: Pick<MonitorParts, "clock" | "journal">,
  run: RunRecord,
): Run {
  return fitRun(writeRun(run, { journalId: journal.journalId, wallMs: clock.wallMs() }));
}

export function readRunPage(journal: Journal, of: Page, write: (run: RunRecord) => Run): RunPage {
  const runs: Run[] = [];
  let bytes = 0;
  let last = of.before;
  for (;;) {
    const chunk = journal.listRuns({ serverId: of.serverId, limit: chunkSize, before: last });
    for (const { position, run } of chunk) {
      const message = write(run);
      bytes += Run.encode(message).finish().length;
      const isFull = runs.length === of.limit || (bytes > pageBytesMax && runs.length > 0);
      if (isFull) return { runs, next: last };
      runs.push(message);
      last = position;
    }
    if (chunk.length < chunkSize) return { runs, next: undefined };
  }
}

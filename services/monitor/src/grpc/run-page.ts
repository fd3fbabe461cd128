// One page of runs. It ends at its size in runs or in bytes, whichever comes first, because a run
// keeps the last output of every channel that failed, and a client takes no more than 4 MiB.

import { Run } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeRun } from "../convert.ts";
import type { Journal, Page } from "../ports.ts";

/** Far below the limit of clients; a first run that is larger comes alone. */
const pageBytesMax = 1024 * 1024;

/** Runs read from the journal at once. */
const chunkSize = 20;

/** Runs, newest first. */
export interface RunPage {
  readonly runs: readonly Run[];
  /** Position of the last one, where more follow. Absent: no more. */
  readonly next: bigint | undefined;
}

export function readRunPage(journal: Journal, of: Page): RunPage {
  const runs: Run[] = [];
  let bytes = 0;
  let last = of.before;
  for (;;) {
    const chunk = journal.listRuns({ serverId: of.serverId, limit: chunkSize, before: last });
    for (const { position, run } of chunk) {
      const message = writeRun(run);
      bytes += Run.encode(message).finish().length;
      const isFull = runs.length === of.limit || (bytes > pageBytesMax && runs.length > 0);
      if (isFull) return { runs, next: last };
      runs.push(message);
      last = position;
    }
    if (chunk.length < chunkSize) return { runs, next: undefined };
  }
}

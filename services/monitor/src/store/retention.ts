// How much a journal keeps of what is over. What is not over is kept whatever its age.

import type { RunRecord } from "../core/run-record.ts";

/**
 * The newest entries that a journal keeps of each kind. Unfinished and takeover runs are kept
 * beyond it.
 */
export interface Retention {
  readonly signalsMax: number;
  readonly runsMax: number;
  readonly historyLinesMax: number;
  /**
   * Entries are deleted in batches, after this many new ones: a journal holds up to so many more.
   */
  readonly surplusMax: number;
}

/** Years of an ordinary life, or days of a flapping one, in a file of some 50 MB. */
export const defaultRetention: Retention = {
  signalsMax: 10_000,
  runsMax: 10_000,
  historyLinesMax: 20_000,
  surplusMax: 100,
};

/** Whether a monitor that starts has to go on with this run. */
export function isUnfinished(run: RunRecord): boolean {
  if (run.state === "running" || run.state === "held") return true;
  return run.steps.some(
    ({ state }) => state === "pending" || state === "running" || state === "retrying",
  );
}

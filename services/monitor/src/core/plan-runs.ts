// What the effects of a step make of the runs of its server: which begin, which go on, and which a
// newer one supersedes.

import { openRun, releaseRun, supersedeRun } from "./run.ts";
import type { RunProgress } from "./run-due.ts";
import type { RunRecord } from "./run-record.ts";
import type { Moment, ServerEffect } from "./server-event.ts";

/** The runs that a step changes, by run id. `live`: the runs that are not over. */
export function planRuns(
  live: readonly RunProgress[],
  effects: readonly ServerEffect[],
  given: Moment & { signalId: bigint },
): ReadonlyMap<string, RunProgress> {
  const changed = new Map<string, RunProgress>();
  const supersede = (isMeant: (run: RunRecord) => boolean) => {
    for (const progress of live) {
      if (!isMeant(progress.run)) continue;
      const after = supersedeRun(progress, given.wallMs);
      if (after !== progress) changed.set(progress.run.runId, after);
    }
  };
  for (const effect of effects) {
    if (effect.kind === "begin_run") {
      // A held failback waits for what the newest signal says: an older one waits for nothing.
      supersede((run) => effect.isSuperseding || run.state === "held");
      const signalId = effect.run.reason === "signal" ? given.signalId : 0n;
      changed.set(effect.run.runId, openRun({ ...effect.run, signalId }, given.nowMs));
    } else if (effect.kind === "drop_runs") {
      supersede(() => true);
    } else if (effect.kind === "release_run") {
      supersede((run) => run.state !== "held");
      for (const progress of live) {
        const { term, actor } = effect;
        const released = releaseRun(progress, { term, actor });
        if (released !== progress) changed.set(progress.run.runId, released);
      }
    }
  }
  return changed;
}

// What is left of a journal when an operator says that it was restored: an old copy put back, or an
// empty one begun. Nothing that it says of leases, targets and runs is trusted, and whatever the
// lost journal had granted is waited out (R7, R9, hazard 6).

import { isOpen, type RunRecord } from "./run-record.ts";
import type { Release, ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";
import { lastsAtMost } from "./release.ts";

/**
 * A server of a restored journal: as if it had been live, of which nobody knows who runs its
 * channels, released to whatever machine.
 */
export function restoreServer(
  record: ServerRecord,
  settings: ServerSettings,
  wallMs: number,
): ServerRecord {
  return {
    ...record,
    state: "waiting",
    because: "The journal was restored: who runs its channels is not known",
    changedWallMs: wallMs,
    assignment: "nobody",
    term: record.term + 1n,
    holder: "",
    cleanTargets: [],
    switchover: undefined,
    isTakenBySwitchover: false,
    hold: undefined,
    // It may have ended long ago, and as long as it stands nothing is declared.
    maintenance: undefined,
    release: restoreRelease(record.release, settings, wallMs),
    isCloseUntold: false,
    unwillingDeaths: 0,
    takeoverRunId: "",
  };
}

// A release of the lost journal, as long as configuration allows. Where it allows none, the
// threshold that every start waits is enough.
function restoreRelease(
  before: Release | undefined,
  settings: ServerSettings,
  wallMs: number,
): Release | undefined {
  const isPossible = settings.protection === "lease" && settings.releaseMs !== undefined;
  const boundMs = Math.max(before?.boundMs ?? 0, isPossible ? (settings.releaseMs ?? 0) : 0);
  if (boundMs === 0) return undefined;
  const lastsMs = Math.max(before?.lastsMs ?? 0, lastsAtMost(boundMs, settings));
  return { boundMs, lastsMs, sinceWallMs: wallMs, by: "", holder: "" };
}

/** A run of a restored journal: nothing of it is done any more, not even its mails. */
export function restoreRun(run: RunRecord, wallMs: number): RunRecord {
  const isUnderWay = run.state === "running" || run.state === "held";
  const steps = run.steps.map((each) =>
    isOpen(each) ? ({ ...each, state: "skipped", endedWallMs: wallMs } as const) : each,
  );
  return isUnderWay
    ? { ...run, steps, state: "superseded", endedWallMs: wallMs }
    : { ...run, steps };
}

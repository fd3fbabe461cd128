// Standby readiness as the contract tells it.

import type { StandbyReadiness } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Readiness } from "../standby-watch.ts";

/** Problems of one server that are listed: thousands of servers are told in one list. */
const problemsMax = 50;

export function writeReadiness({ problems, checkedWallMs }: Readiness): StandbyReadiness {
  const checkedAt = checkedWallMs === undefined ? undefined : new Date(checkedWallMs);
  return {
    // What was not looked at yet is not ready.
    ready: checkedAt !== undefined && problems.length === 0,
    problems: problems.slice(0, problemsMax).map(({ subject, reason, text, sinceWallMs }) => ({
      subject,
      reason,
      text,
      since: new Date(sinceWallMs),
    })),
    problemsOmitted: Math.max(0, problems.length - problemsMax),
    checkedAt,
  };
}

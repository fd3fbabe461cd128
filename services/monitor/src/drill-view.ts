// What a drill can see of its server, its runs and their mails, gathered for the core.

import type { ChannelSeen, DrillCourse } from "./core/drill-course.ts";
import type { DrillRecord } from "./core/drill-record.ts";
import type { DrillView } from "./core/drill-trouble.ts";
import { runObstacles } from "./core/explain-run.ts";
import type { Moment } from "./core/server-event.ts";
import type { Monitor } from "./monitor.ts";
import type { Journal } from "./ports.ts";
import type { ServerLoop } from "./server-loop.ts";

/** Runs that one drill can begin, and some that others begin meanwhile. */
const runsMax = 20;

export function viewDrill(
  monitor: Monitor,
  given: {
    server: ServerLoop;
    running: DrillCourse;
    channels: readonly ChannelSeen[];
    moment: Moment;
  },
): DrillView {
  const { server, running, channels, moment } = given;
  const { record, watched } = server;
  const { settings, liveness } = watched;
  const { journal } = monitor.parts;
  const takeover = record.takeoverRunId === "" ? undefined : journal.findRun(record.takeoverRunId);
  const starts = takeover?.steps.filter(({ step }) => step.kind === "start_channels") ?? [];
  return {
    ...moment,
    server: record,
    settings,
    latest: () => journal.findRun(server.lastRunId),
    isTakenOver: starts.length > 0 && starts.every(({ state }) => state === "done"),
    startError: (takeover && runObstacles({ ...takeover, steps: starts })[0]) ?? "",
    isHome: isHome(server, running.record, channels),
    isSilenced: liveness.drillSilence !== undefined,
    sinceGoodMs: moment.nowMs - liveness.lastGoodMs,
  };
}

/** Mails of runs since the drill began that notify has taken over. */
export function countMails(
  journal: Pick<Journal, "listRuns">,
  { serverId, startTerm }: DrillRecord,
): number {
  const runs = journal.listRuns({ serverId, limit: runsMax, before: undefined });
  return runs
    .map(({ run }) => run)
    .filter(({ term }) => term > startTerm)
    .flatMap(({ steps }) => steps)
    .filter(({ step, state }) => step.kind === "email" && state === "done").length;
}

// Under the lease of the present term, as its heartbeats tell.
function isHome(
  { record, watched }: ServerLoop,
  drill: DrillRecord,
  channels: readonly ChannelSeen[],
): boolean {
  if (record.assignment !== "primary" || !watched.liveness.isHeldSeen) return false;
  const running = new Set(
    channels
      .filter(({ activity, term }) => activity === "STARTED" && term === record.term)
      .map(({ name }) => name),
  );
  return drill.channels.every(({ name }) => running.has(name));
}

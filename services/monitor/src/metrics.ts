// What the monitor tells in numbers of itself; what it tells of each server is in
// server-metrics.ts. Read when somebody asks, from what exists anyway.

import { newDurationHistogram } from "@hot-backup/kit/duration-histogram.ts";
import { familiesOf, type Family, type FamilyOf } from "@hot-backup/kit/metric-family.ts";
import { bucketCount, bucketEndMs } from "./core/arrivals.ts";
import { longestStallMs } from "./core/stall-meter.ts";
import type { JournalMeter } from "./journal-meter.ts";
import type { Monitor } from "./monitor.ts";
import type { RunMeter } from "./run-meter.ts";
import { ofServers } from "./server-metrics.ts";
import type { ServerLoop } from "./server-loop.ts";

/** What is known of a server outside of its loop. */
export interface ServerFacts {
  /** What is left of the lease that it reported held. Undefined: it reported none. */
  leaseLeftMs(server: ServerLoop): number | undefined;
  /** How many reasons there are for which a takeover would fail now. Undefined: nobody looks. */
  standbyProblems(server: ServerLoop): number | undefined;
}

/** Where the numbers are. */
export interface MonitorSources {
  readonly monitor: Monitor;
  readonly runs: RunMeter;
  readonly journal: JournalMeter;
  /** Names of all targets of the configuration. */
  readonly targets: readonly string[];
  /** What the methods know of servers. */
  readonly of: ServerFacts;
}

export function monitorFamilies(sources: MonitorSources): readonly Family[] {
  return familiesOf(sources, [...ofServers, ...ofMonitor]);
}

/** From the shortest interval to the longest threshold that anybody would wait out. */
const gapBoundsMs = [10, 25, 50, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000, 10_000, 60_000];

const ofMonitor: readonly FamilyOf<MonitorSources>[] = [
  {
    type: "gauge",
    name: "hot_backup_servers_watched",
    help: "Servers that the configuration names",
    read: ({ monitor }) => [{ value: monitor.servers.size }],
  },
  {
    type: "histogram",
    name: "hot_backup_heartbeat_gap_seconds",
    help: "Gaps between good heartbeats, of all servers: what a threshold must exceed",
    read: ({ monitor }) => [{ histogram: gapsOf(monitor) }],
  },
  {
    type: "histogram",
    name: "hot_backup_decision_lag_seconds",
    help: "From the instant at which a decision was due, as a DEAD is, until it was durable",
    read: ({ monitor }) => [{ histogram: monitor.decisionLags }],
  },
  {
    type: "histogram",
    name: "hot_backup_journal_commit_seconds",
    help: "How long it took to make a decision durable: heartbeats wait meanwhile",
    read: ({ journal }) => [{ histogram: journal.commits }],
  },
  {
    type: "counter",
    name: "hot_backup_journal_failures_total",
    help: "Decisions that could not be stored, and were not taken: look at the disk",
    read: ({ journal }) => [{ value: journal.failures }],
  },
  {
    type: "counter",
    name: "hot_backup_stall_seconds_total",
    help: "Time in which the monitor itself stood still; thresholds are longer by as much",
    read: ({ monitor }) => [{ value: monitor.stall.totalMs / 1000 }],
  },
  {
    type: "gauge",
    name: "hot_backup_longest_stall_seconds",
    help: "Longest stall of the monitor in the last one to two minutes",
    read: ({ monitor }) => [{ value: longestStallMs(monitor.stall) / 1000 }],
  },
  {
    type: "gauge",
    name: "hot_backup_target_watched",
    help: "1: a target is watched, so orders reach it. 0: its channels service does not answer",
    labels: ["target"],
    *read({ monitor, targets }) {
      for (const target of targets) {
        yield { labels: [target], value: Number(monitor.parts.targets.isConnected(target)) };
      }
    },
  },
  {
    type: "counter",
    name: "hot_backup_steps_ended_total",
    help: "Steps of runs that ended, by kind and how; failed: given up, and the run went on",
    labels: ["kind", "state"],
    *read({ runs }) {
      for (const [kind, { done, failed, skipped }] of Object.entries(runs.steps)) {
        yield { labels: [kind, "done"], value: done };
        yield { labels: [kind, "failed"], value: failed };
        yield { labels: [kind, "skipped"], value: skipped };
      }
    },
  },
  {
    type: "counter",
    name: "hot_backup_step_retries_total",
    help: "Attempts of steps beyond the first, by kind; GetRun tells the error of each",
    labels: ["kind"],
    *read({ runs }) {
      for (const [kind, { retries }] of Object.entries(runs.steps)) {
        yield { labels: [kind], value: retries };
      }
    },
  },
  {
    type: "histogram",
    name: "hot_backup_step_duration_seconds",
    help: "From the first attempt of a step to its end, by kind",
    labels: ["kind"],
    *read({ runs }) {
      for (const [kind, { durations }] of Object.entries(runs.steps)) {
        yield { labels: [kind], histogram: durations };
      }
    },
  },
];

// A server counts its gaps in finer buckets, for the advice on thresholds. Ten thousand servers are
// a few milliseconds of additions.
function gapsOf({ servers }: Monitor) {
  const gaps = newDurationHistogram(gapBoundsMs);
  for (const { watched } of servers.values()) {
    const { goodCount, totalCounts, totalMs } = watched.liveness.arrivals;
    if (goodCount === 0) continue;
    for (let bucket = 0; bucket < totalCounts.length; bucket += 1) {
      const count = totalCounts[bucket] ?? 0;
      // Nearly all of them: the gaps of one server are much alike.
      if (count === 0) continue;
      const index = coarseBuckets[bucket] ?? 0;
      gaps.counts[index] = (gaps.counts[index] ?? 0) + count;
    }
    gaps.sumMs += totalMs;
  }
  return gaps;
}

/** The bucket that is told, for each that is counted: by its longest gap. */
const coarseBuckets: readonly number[] = Array.from({ length: bucketCount }, (_, bucket) => {
  const index = gapBoundsMs.findIndex((boundMs) => bucketEndMs(bucket) <= boundMs);
  return index === -1 ? gapBoundsMs.length : index;
});

// What the monitor tells in numbers of each watched server. The ids of servers and the names of
// targets come from configuration, so their number is known.

import type { FamilyOf, Sample } from "@hot-backup/kit/metric-family.ts";
import { gateTargets, missingTargets } from "./core/gate.ts";
import type { Assignment, ServerState, Signal } from "./core/server-record.ts";
import type { MonitorSources } from "./metrics.ts";
import type { ServerLoop } from "./server-loop.ts";

/** One number of a server. Undefined: not known, and so not told. */
interface Figure {
  readonly name: string;
  readonly help: string;
  read(server: ServerLoop, sources: MonitorSources): number | undefined;
}

const figures: readonly Figure[] = [
  {
    name: "hot_backup_server_term",
    help: "Term of the server: rises with every signal and change of mind; often: something flaps",
    read: ({ record }) => Number(record.term),
  },
  {
    name: "hot_backup_server_since_good_seconds",
    help: "Since the last good heartbeat; absent before one. At the threshold the server is dead",
    read: ({ watched: { liveness } }, { monitor }) =>
      liveness.hasGood ? (monitor.parts.clock.nowMs() - liveness.lastGoodMs) / 1000 : undefined,
  },
  {
    name: "hot_backup_server_threshold_seconds",
    help: "Silence that is tolerated, as configured",
    read: ({ watched }) => watched.settings.thresholdMs / 1000,
  },
  {
    name: "hot_backup_server_longest_gap_seconds",
    help: "Longest gap between good heartbeats of one to two days; near the threshold: raise that",
    read: ({ watched: { liveness } }) =>
      Math.max(liveness.arrivals.newer.longestMs, liveness.arrivals.older.longestMs) / 1000,
  },
  {
    name: "hot_backup_server_lease_seconds",
    help: "Length of a lease, as configured; absent without protection by one",
    read: ({ watched: { settings } }) =>
      settings.protection === "lease" ? settings.leaseMs / 1000 : undefined,
  },
  {
    name: "hot_backup_server_lease_left_seconds",
    help: "What is left of the lease that the server reported held last; 0: none",
    read: (server, { of }) =>
      server.watched.settings.protection === "lease"
        ? (of.leaseLeftMs(server) ?? 0) / 1000
        : undefined,
  },
  {
    name: "hot_backup_gate_waiting_targets",
    help: "Targets that the server waits for before it gets a lease; ExplainServer says why",
    read: ({ watched: { server, settings } }) =>
      server.gate === undefined ? 0 : missingTargets({ server, settings }).length,
  },
  {
    name: "hot_backup_failback_held",
    help: "1: the server is back and its channels stay on the backup, for an operator or a delay",
    read: ({ record }) => Number(record.hold !== undefined),
  },
  {
    name: "hot_backup_switchover_under_way",
    help: "1: the server is giving its channels up for a switchover",
    read: ({ record }) => Number(record.switchover !== undefined),
  },
  {
    name: "hot_backup_maintenance_seconds",
    help: "For how long it has been in maintenance, in which nothing is declared; 0: it is not",
    read: ({ record: { maintenance } }, { monitor }) =>
      maintenance === undefined
        ? 0
        : Math.max(0, monitor.parts.clock.wallMs() - maintenance.sinceWallMs) / 1000,
  },
  {
    name: "hot_backup_server_released",
    help: "1: a long lease of a monitor that stopped may be out, so that nothing is declared yet",
    read: ({ record }) => Number(record.release !== undefined),
  },
  {
    name: "hot_backup_server_recent_deaths",
    help: "Deaths in a row, until it has run its channels for long enough (flap protection)",
    read: ({ record }) => record.recentDeaths,
  },
  {
    name: "hot_backup_server_overridden",
    help: "1: the server runs its channels by an override, without a lease",
    read: ({ watched }) => Number(watched.liveness.override !== undefined),
  },
  {
    name: "hot_backup_standby_problems",
    help: "Reasons why a takeover would fail now; GetServer lists them. Absent: not known yet",
    read: (server, { of }) => of.standbyProblems(server),
  },
  {
    name: "hot_backup_steps_retrying",
    help: "Steps of the server's runs that have failed and are tried again",
    read: ({ runs }) => {
      let retrying = 0;
      for (const { steps } of runs.live()) {
        for (const { state } of steps) retrying += Number(state === "retrying");
      }
      return retrying;
    },
  },
];

const states: readonly ServerState[] = ["unheard", "waiting", "live", "dead", "closed"];
const assignments: readonly Assignment[] = ["nobody", "primary", "backup"];
const signals: readonly Signal[] = ["LIVE", "DEAD", "CLOSE"];

export const ofServers: readonly FamilyOf<MonitorSources>[] = [
  {
    type: "gauge",
    name: "hot_backup_server_state",
    help: "1 for the state of a server, 0 for the others; unheard: it was never heard at all",
    labels: ["server", "state"],
    read: (sources) => oneOf(sources, states, ({ record }) => record.state),
  },
  {
    type: "gauge",
    name: "hot_backup_server_assignment",
    help: "1 for who should run the channels of a server, 0 for the others",
    labels: ["server", "assignment"],
    read: (sources) => oneOf(sources, assignments, ({ record }) => record.assignment),
  },
  {
    type: "counter",
    name: "hot_backup_heartbeats_heard_total",
    help: "Heartbeats by what they were taken for; all but good and lease_missing count as silence",
    labels: ["server", "verdict"],
    *read({ monitor }) {
      for (const [serverId, { streams }] of monitor.servers) {
        for (const [verdict, value] of streams.verdicts()) {
          if (value > 0 || verdict === "good") yield { labels: [serverId, verdict], value };
        }
      }
    },
  },
  {
    type: "counter",
    name: "hot_backup_signals_total",
    help: "Signals given in this life of the monitor; ListSignals has those of all lives",
    labels: ["server", "signal"],
    *read({ monitor, runs }) {
      for (const serverId of monitor.servers.keys()) {
        const counts = runs.signalsOf(serverId);
        for (const each of signals) yield { labels: [serverId, each], value: counts[each] };
      }
    },
  },
  {
    type: "gauge",
    name: "hot_backup_runs",
    help: "Runs of a server that are under way (running) or wait for a failback (held)",
    labels: ["server", "state"],
    *read({ monitor }) {
      for (const [serverId, { runs }] of monitor.servers) {
        const live = [...runs.live()];
        for (const each of ["running", "held"]) {
          yield {
            labels: [serverId, each],
            value: live.filter(({ state }) => state === each).length,
          };
        }
      }
    },
  },
  {
    type: "gauge",
    name: "hot_backup_target_clean",
    help: "1: a target runs nothing of the server for sure. 0: only its word, or yours, will do",
    labels: ["server", "target"],
    *read({ monitor }) {
      for (const [serverId, { watched }] of monitor.servers) {
        const { cleanTargets } = watched.server.record;
        for (const target of gateTargets(watched)) {
          yield { labels: [serverId, target], value: Number(cleanTargets.includes(target)) };
        }
      }
    },
  },
  ...figures.map(toFamily),
];

function toFamily({ name, help, read }: Figure): FamilyOf<MonitorSources> {
  return {
    type: "gauge",
    name,
    help,
    labels: ["server"],
    *read(sources) {
      for (const [serverId, server] of sources.monitor.servers) {
        const value = read(server, sources);
        if (value !== undefined) yield { labels: [serverId], value };
      }
    },
  };
}

function* oneOf(
  { monitor }: MonitorSources,
  names: readonly string[],
  nameOf: (server: ServerLoop) => string,
): Generator<Sample> {
  for (const [serverId, server] of monitor.servers) {
    const present = nameOf(server);
    for (const name of names) yield { labels: [serverId, name], value: Number(name === present) };
  }
}

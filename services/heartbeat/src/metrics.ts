// What the heartbeat service tells in numbers: read from the state of its core when somebody asks.

import type { Clock } from "@hot-backup/kit/clock.ts";
import type { Family } from "@hot-backup/kit/metric-family.ts";
import type { BeatState } from "./core/beat-state.ts";
import { type Status, statusOf } from "./core/status.ts";
import type { HeartbeatLoop } from "./loop.ts";

/** One number of the present state. Undefined: not known, and so not told. */
interface Figure {
  readonly type: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  read(now: { status: Status; state: BeatState; bootMs: number }): number | undefined;
}

export function heartbeatFamilies(
  loop: Pick<HeartbeatLoop, "state" | "roundTrips">,
  clock: Pick<Clock, "nowMs" | "bootMs">,
): readonly Family[] {
  const { serverId } = loop.state().settings;
  const labels = [serverId];
  const families = figures.map(({ type, name, help, read }): Family => {
    const readNow = () => {
      const state = loop.state();
      const value = read({ state, status: statusOf(state, clock.nowMs()), bootMs: clock.bootMs() });
      return value === undefined ? [] : [{ labels, value }];
    };
    return { type, name, help, labels: ["server"], read: readNow };
  });
  const roundTrips: Family = {
    type: "histogram",
    name: "hot_backup_heartbeat_round_trip_seconds",
    help: "From sending a heartbeat to its answer; a lease that is granted is shorter by this",
    labels: ["server"],
    read: () => [{ labels, histogram: loop.roundTrips }],
  };
  return [...families, roundTrips];
}

const figures: readonly Figure[] = [
  {
    type: "counter",
    name: "hot_backup_heartbeats_sent_total",
    help: "Heartbeats sent in this life of the service",
    read: ({ status }) => status.sent,
  },
  {
    type: "counter",
    name: "hot_backup_heartbeats_answered_total",
    help: "Heartbeats that a monitor has answered; it should follow those sent",
    read: ({ status }) => status.answered,
  },
  {
    type: "counter",
    name: "hot_backup_heartbeat_streams_opened_total",
    help: "Streams opened to monitors; each one beyond the first means that one before it was lost",
    read: ({ status }) => status.streams,
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_answered",
    help: "1: a monitor answers on the present stream. 0: with a lease the channels stop soon",
    read: ({ status }) => Number(status.lastError === "" && status.stream !== "connecting"),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_unfit",
    help: "1: heartbeats do not count as good; GetHeartbeatStatus says why",
    read: ({ status }) => Number(status.unfitBecause !== ""),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_since_answer_seconds",
    help: "Since the last answer of a monitor; absent before the first one",
    read: ({ status }) => seconds(status.sinceAnswerMs),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_last_round_trip_seconds",
    help: "Round trip of the last heartbeat that was answered",
    read: ({ status }) => seconds(status.roundTripMs),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_interval_seconds",
    help: "Pause between two heartbeats, as configured",
    read: ({ state }) => seconds(state.settings.intervalMs),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_channels_answering",
    help: "1: the channels service of this server answers. 0: heartbeats count as silence",
    read: ({ status }) => Number(status.knowledge.isAnswering),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_since_report_seconds",
    help: "Since the channels service reported last",
    read: ({ status }) => seconds(status.sinceReportMs),
  },
  {
    type: "gauge",
    name: "hot_backup_heartbeat_lease_left_seconds",
    help: "What is left of the lease that was reported held last; 0: none is held",
    read: ({ status: { knowledge }, bootMs }) => {
      if (knowledge.report?.lease.kind !== "held") return 0;
      return Math.max(0, (knowledge.reportedEndBootMs ?? bootMs) - bootMs) / 1000;
    },
  },
];

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

// What the channels service tells in numbers: read from its state, and from what it has counted,
// when somebody asks. A channel is a label: there are at most a thousand, all of them deployed.

import type { Clock } from "@hot-backup/kit/clock.ts";
import {
  familiesOf,
  type Family,
  type FamilyOf,
  type Sample,
} from "@hot-backup/kit/metric-family.ts";
import type { ChannelMeter } from "./channel-meter.ts";
import type { Activation, Activity, Channel } from "./core/channel-state.ts";
import type { State } from "./core/state.ts";
import type { Loop } from "./loop.ts";
import type { ChannelLogs, GuardCounts } from "./ports.ts";

/** Where the numbers are. */
export interface ChannelSources {
  readonly loop: Pick<Loop, "state">;
  readonly meter: ChannelMeter;
  readonly guards: GuardCounts;
  readonly logs: Pick<ChannelLogs, "of">;
  readonly clock: Pick<Clock, "bootMs">;
}

export function channelFamilies(sources: ChannelSources): readonly Family[] {
  return familiesOf(sources, [...ofState, ...ofCounts, ...ofRights]);
}

const activities: readonly Activity[] = [
  "stopped",
  "starting",
  "started",
  "stopping",
  "restarting",
  "failed",
];
const activations: readonly Activation[] = ["active", "inactive"];

const ofChannel = ["server", "channel", "protected_by"];

function labelsOf(state: State, { definition }: Channel): readonly string[] {
  return [state.settings.serverId, definition.name, definition.protectedBy ?? ""];
}

function* perChannel(
  state: State,
  valueOf: (name: string) => number | undefined,
): Generator<Sample> {
  for (const [name, channel] of state.channels) {
    const value = valueOf(name);
    if (value === undefined || Number.isNaN(value)) continue;
    yield { labels: labelsOf(state, channel), value };
  }
}

function counted(
  { loop, meter }: ChannelSources,
  key: "starts" | "restarts" | "failures",
): Iterable<Sample> {
  return perChannel(loop.state(), (name) => meter.channels.get(name)?.[key] ?? 0);
}

const ofState: readonly FamilyOf<ChannelSources>[] = [
  {
    type: "gauge",
    name: "hot_backup_channel_activity",
    help: "1 for what a channel does, 0 for the rest; failed: it stays down until somebody looks",
    labels: [...ofChannel, "activity"],
    *read({ loop }) {
      const now = loop.state();
      for (const channel of now.channels.values()) {
        for (const each of activities) {
          const labels = [...labelsOf(now, channel), each];
          yield { labels, value: Number(channel.activity === each) };
        }
      }
    },
  },
  {
    type: "gauge",
    name: "hot_backup_channel_activation",
    help: "1 for whether this server is meant to run a channel (active) or not (inactive)",
    labels: [...ofChannel, "activation"],
    *read({ loop }) {
      const now = loop.state();
      for (const channel of now.channels.values()) {
        for (const each of activations) {
          const labels = [...labelsOf(now, channel), each];
          yield { labels, value: Number(channel.activation === each) };
        }
      }
    },
  },
  {
    type: "gauge",
    name: "hot_backup_channel_overridden",
    help: "1: the channel runs because an operator broke the glass, without lease or order",
    labels: ofChannel,
    *read({ loop }) {
      const now = loop.state();
      for (const channel of now.channels.values()) {
        yield { labels: labelsOf(now, channel), value: Number(channel.override !== undefined) };
      }
    },
  },
];

const ofCounts: readonly FamilyOf<ChannelSources>[] = [
  {
    type: "counter",
    name: "hot_backup_channel_starts_total",
    help: "Times a channel became STARTED, which means ready",
    labels: ofChannel,
    read: (sources) => counted(sources, "starts"),
  },
  {
    type: "counter",
    name: "hot_backup_channel_restarts_total",
    help: "Times a channel ended by itself or did not get ready, and is tried again: read its log",
    labels: ofChannel,
    read: (sources) => counted(sources, "restarts"),
  },
  {
    type: "counter",
    name: "hot_backup_channel_failures_total",
    help: "Times a channel was given up as FAILED",
    labels: ofChannel,
    read: (sources) => counted(sources, "failures"),
  },
  {
    type: "gauge",
    name: "hot_backup_channel_last_start_seconds",
    help: "How long the last start took until the channel was ready; absent before one",
    labels: ofChannel,
    read: ({ loop, meter }) =>
      perChannel(
        loop.state(),
        (name) => (meter.channels.get(name)?.lastStartMs ?? Number.NaN) / 1000,
      ),
  },
  {
    type: "counter",
    name: "hot_backup_channel_log_bytes_total",
    help: "Bytes of output that a channel has written; its log keeps the newest of them",
    labels: ofChannel,
    read: ({ loop, logs }) => perChannel(loop.state(), (name) => logs.of(name).takenBytes),
  },
  {
    type: "histogram",
    name: "hot_backup_channel_time_to_ready_seconds",
    help: "From starting a program to its channel being ready, of all channels",
    read: ({ meter }) => [{ histogram: meter.timesToReady }],
  },
  {
    type: "counter",
    name: "hot_backup_channel_refusals_total",
    help: "Orders, wishes and leases that were refused, by reason; docs/errors.md explains each",
    labels: ["reason"],
    *read({ meter }) {
      for (const [reason, value] of meter.refusals) yield { labels: [reason], value };
    },
  },
];

const ofRights: readonly FamilyOf<ChannelSources>[] = [
  {
    type: "gauge",
    name: "hot_backup_lease_held",
    help: "1: this server holds the lease of its protected channels. 0: they stop, or have stopped",
    labels: ["server"],
    read: ({ loop }) => {
      const { settings, lease } = loop.state();
      if (settings.protection !== "lease") return [];
      return [{ labels: [settings.serverId], value: Number(lease.state === "held") }];
    },
  },
  {
    type: "gauge",
    name: "hot_backup_lease_left_seconds",
    help: "Until the deadline of the lease; what runs begins to stop a stop budget before it",
    labels: ["server"],
    read: ({ loop, clock }) => {
      const { settings, lease } = loop.state();
      if (lease.state !== "held") return [];
      const leftMs = Math.max(0, lease.deadlineMs - clock.bootMs());
      return [{ labels: [settings.serverId], value: leftMs / 1000 }];
    },
  },
  {
    type: "gauge",
    name: "hot_backup_overrides_in_force",
    help: "Overrides by which channels may run here: I1 does not hold until a monitor answers",
    read: ({ loop }) => [{ value: loop.state().overrides.size }],
  },
  {
    type: "gauge",
    name: "hot_backup_monitor_watches",
    help: "Watches of monitors that are open here, by the server that they watch over",
    labels: ["protected_by"],
    *read({ loop }) {
      for (const [serverId, value] of loop.state().monitorWatches)
        yield { labels: [serverId], value };
    },
  },
  {
    type: "gauge",
    name: "hot_backup_guards_on_duty",
    help: "Guards in place: one for each program that runs",
    read: ({ guards }) => [{ value: guards.onDuty }],
  },
  {
    type: "counter",
    name: "hot_backup_guards_lost_total",
    help: "Guards that ended by themselves, at their instant or killed; so did their channels",
    read: ({ guards }) => [{ value: guards.lost }],
  },
];

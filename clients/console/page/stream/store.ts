// All that the gateway has told, as signals, and how an event changes it. Every page reads this
// store; none keeps a copy.

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ChannelView } from "../../src/view/channel.ts";
import { type ConsoleEvent, type GoneViews, viewKeys, type Views } from "../../src/view/event.ts";
import type { MailView } from "../../src/view/mail.ts";
import type { HeartbeatView, PulseView } from "../../src/view/pulse.ts";
import type { RunView } from "../../src/view/run.ts";
import type { ServerView } from "../../src/view/server.ts";
import type { SignalView } from "../../src/view/signal.ts";
import { type ServiceWord, sourceName, type SourceView } from "../../src/view/source.ts";
import { createGatewayClock } from "./gateway-clock.ts";
import { joinSignals } from "./join-signals.ts";
import { createViewMap, type ViewMap } from "./view-map.ts";

/** More than an operator scrolls through here: older ones are asked for. */
const signalsMax = 1000;

export interface Store {
  readonly sources: ViewMap<SourceView>;
  /** By `viewKeys`, as all of them. */
  readonly servers: ViewMap<ServerView>;
  readonly pulses: ViewMap<PulseView>;
  /** By the key of their server: the run under way, or the last one. */
  readonly runs: ViewMap<RunView>;
  readonly channels: ViewMap<ChannelView>;
  readonly heartbeats: ViewMap<HeartbeatView>;
  readonly mails: ViewMap<MailView>;
  /** Newest first. */
  readonly signals: ReadonlySignal<readonly SignalView[]>;
  /** Whether anything has been told yet. */
  readonly hasSnapshot: ReadonlySignal<boolean>;
  /** Takes in an event that arrived at an instant of the page. */
  take(event: ConsoleEvent, arrivedMs: number): void;
  /** How long ago the gateway heard something. */
  ageMs(heardAtMs: number, pageMs: number): number;
  /** Whether what a service told is true now, as far as the gateway knows. */
  isToldNow(service: ServiceWord, server: string): boolean;
  /** When the gateway heard a service last. Undefined: never. */
  toldAtMs(service: ServiceWord, server: string): number | undefined;
}

export function createStore(): Store {
  const clock = createGatewayClock();
  const maps = createMaps();
  const signals = signal<readonly SignalView[]>([]);
  const hasSnapshot = signal(false);
  const take = (event: ConsoleEvent) => {
    if (event.kind === "snapshot") {
      fill(maps, event, "replace");
      signals.value = joinSignals([event.signals]).slice(0, signalsMax);
      hasSnapshot.value = true;
      return;
    }
    fill(maps, event, "merge");
    if (event.gone !== undefined) remove(maps, event.gone);
    if (event.signals !== undefined && event.signals.length > 0) {
      signals.value = joinSignals([signals.value, event.signals]).slice(0, signalsMax);
    }
  };
  return {
    ...maps,
    signals,
    hasSnapshot: computed(() => hasSnapshot.value),
    take: (event, arrivedMs) => {
      clock.hear(event.nowMs, arrivedMs);
      batch(() => take(event));
    },
    ageMs: (heardAtMs, pageMs) => Math.max(0, clock.nowMs(pageMs) - heardAtMs),
    isToldNow: (service, server) =>
      maps.sources.of(sourceName({ service, server })).value?.isUp === true,
    toldAtMs: (service, server) =>
      maps.sources.of(sourceName({ service, server })).value?.heardAtMs,
  };
}

type Maps = ReturnType<typeof createMaps>;

function createMaps() {
  return {
    sources: createViewMap<SourceView>(viewKeys.sources),
    servers: createViewMap<ServerView>(viewKeys.servers),
    pulses: createViewMap<PulseView>(viewKeys.pulses),
    runs: createViewMap<RunView>(viewKeys.runs),
    channels: createViewMap<ChannelView>(viewKeys.channels),
    heartbeats: createViewMap<HeartbeatView>(viewKeys.heartbeats),
    mails: createViewMap<MailView>(viewKeys.mails),
  };
}

const mapNames = [
  "sources",
  "servers",
  "pulses",
  "runs",
  "channels",
  "heartbeats",
  "mails",
] as const;

function fill(maps: Maps, views: Views, how: "replace" | "merge"): void {
  maps.sources[how](views.sources ?? []);
  maps.servers[how](views.servers ?? []);
  maps.pulses[how](views.pulses ?? []);
  maps.runs[how](views.runs ?? []);
  maps.channels[how](views.channels ?? []);
  maps.heartbeats[how](views.heartbeats ?? []);
  maps.mails[how](views.mails ?? []);
}

function remove(maps: Maps, gone: GoneViews): void {
  for (const name of mapNames) maps[name].remove(gone[name] ?? []);
}

// Counts what becomes of channels and of what is asked of this service, in plain numbers for
// whoever reads metrics. It listens, and changes nothing.

import {
  countDuration,
  type DurationHistogram,
  newDurationHistogram,
} from "@hot-backup/kit/duration-histogram.ts";
import type { ChannelChange } from "./channel-changes.ts";
import type { Step } from "./core/state.ts";
import type { Loop } from "./loop.ts";

/** How one channel has fared in this life of the service. */
export interface ChannelCounts {
  /** Times it became STARTED. */
  starts: number;
  /** Times it was tried again because it ended or was not ready. */
  restarts: number;
  /** Times it was given up. */
  failures: number;
  /** From STARTING to STARTED, the last time. NaN: never in this life. */
  lastStartMs: number;
  startingAtMs: number;
}

/** The counts of one service. */
export interface ChannelMeter {
  /** Of every channel that is deployed and has changed. */
  readonly channels: ReadonlyMap<string, ChannelCounts>;
  /** From STARTING to STARTED, of all channels. */
  readonly timesToReady: DurationHistogram;
  /** What was asked and refused, by reason. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** A program may take from milliseconds to minutes until it is ready. */
const startBoundsMs = [
  10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
];

/** What this service may refuse with: counted from 0, so that the first one is seen as a rise. */
const reasons = [
  "CHANNEL_RUNS",
  "LEASE_ENDED",
  "LEASE_REQUIRED",
  "MONITOR_ANSWERS",
  "NOT_PROTECTED",
  "OLD_STREAM",
  "ORDER_REQUIRED",
  "OVERRIDE_NOT_NEEDED",
  "PROTECTION_UNKNOWN",
  "STALE_TERM",
  "STOPPING",
  "TOO_LATE",
  "TOO_MANY_CHANNELS",
  "TOO_MANY_SERVERS",
  "UNKNOWN_CHANNEL",
] as const satisfies readonly Reason[];

type Reason = NonNullable<Step["refusedBecause"] | Step["verdicts"][number]["refusedBecause"]>;

/** The loop as callers see it, with what it refuses counted, and the counts. */
export function measure(
  loop: Loop,
  clock: { nowMs(): number },
): { readonly loop: Loop; readonly meter: ChannelMeter } {
  const channels = new Map<string, ChannelCounts>();
  const timesToReady = newDurationHistogram(startBoundsMs);
  const refusals = new Map<string, number>(reasons.map((reason) => [reason, 0]));
  const refuse = (reason: string | undefined) => {
    if (reason !== undefined) refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  };
  const note = ({ name, before, channel }: ChannelChange) => {
    if (channel === undefined) return void channels.delete(name);
    if (before?.activity === channel.activity) return;
    const counts = channels.get(name) ?? newCounts();
    channels.set(name, counts);
    const { activity } = channel;
    if (activity === "starting") counts.startingAtMs = clock.nowMs();
    if (activity === "restarting") counts.restarts += 1;
    if (activity === "failed") counts.failures += 1;
    if (activity !== "started") return;
    counts.starts += 1;
    counts.lastStartMs = clock.nowMs() - counts.startingAtMs;
    countDuration(timesToReady, counts.lastStartMs);
  };
  loop.listen(note, new AbortController().signal);
  const tell: Loop["tell"] = (news) => {
    const step = loop.tell(news);
    refuse(step.refusedBecause);
    for (const { refusedBecause } of step.verdicts) refuse(refusedBecause);
    return step;
  };
  const measured: Loop = {
    begin: () => loop.begin(),
    state: () => loop.state(),
    listen: (listener, signal) => loop.listen(listener, signal),
    stop: () => loop.stop(),
    tell,
  };
  return { loop: measured, meter: { channels, timesToReady, refusals } };
}

function newCounts(): ChannelCounts {
  return { starts: 0, restarts: 0, failures: 0, lastStartMs: Number.NaN, startingAtMs: Number.NaN };
}

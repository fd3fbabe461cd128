// Remembers what each server reported last, for those who ask. Tells watchers only when something
// changed that people look at.
//
// A heartbeat is kept only when it says something new, and of every other one a single number: a
// message that is kept until the next one comes grows old enough for the garbage collector to move
// it twice, which costs more than everything else the monitor does for a heartbeat.

import { toDuration, toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type { Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";

/** What a server reported last. */
interface Report {
  readonly lease: LeaseReport | undefined;
  readonly channels: Heartbeat["channels"];
  /** Time since it did. */
  readonly ageMs: number;
}

interface Kept {
  heartbeat: Heartbeat;
  /** Time left of the lease in the very last heartbeat. */
  timeLeftMs: number;
  /** When that one came. */
  heardMs: number;
  /** What it told of the way to the monitor. NaN: nothing. */
  intervalMs: number;
  roundTripMs: number;
}

export class LastHeartbeats {
  readonly #monitor: Monitor;
  readonly #kept = new Map<ServerLoop, Kept>();

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  of(server: ServerLoop): Report | undefined {
    const kept = this.#kept.get(server);
    if (kept === undefined) return undefined;
    const { lease, channels } = kept.heartbeat;
    const ageMs = this.#monitor.parts.clock.nowMs() - kept.heardMs;
    const leftMs = Math.max(0, kept.timeLeftMs - ageMs);
    return { lease: withTimeLeft(lease, leftMs), channels, ageMs };
  }

  /** What the very last heartbeat told of how it comes. NaN: nothing. */
  beatOf(server: ServerLoop): Pick<Kept, "intervalMs" | "roundTripMs"> | undefined {
    return this.#kept.get(server);
  }

  /** What is left of the lease that it reported held. Undefined: it reported none. */
  leaseLeftMs(server: ServerLoop): number | undefined {
    const kept = this.#kept.get(server);
    if (kept?.heartbeat.lease?.state?.$case !== "held") return undefined;
    return Math.max(0, kept.timeLeftMs - (this.#monitor.parts.clock.nowMs() - kept.heardMs));
  }

  note(server: ServerLoop, heartbeat: Heartbeat): void {
    const kept = this.#kept.get(server);
    const heardMs = this.#monitor.parts.clock.nowMs();
    const leftMs = timeLeftMs(heartbeat);
    const intervalMs = toMilliseconds(heartbeat.interval) ?? Number.NaN;
    const roundTripMs = toMilliseconds(heartbeat.roundTrip) ?? Number.NaN;
    if (kept !== undefined && !looksDifferent(kept.heartbeat, heartbeat)) {
      kept.timeLeftMs = leftMs;
      kept.heardMs = heardMs;
      kept.intervalMs = intervalMs;
      kept.roundTripMs = roundTripMs;
      return;
    }
    const news = { heartbeat, timeLeftMs: leftMs, heardMs, intervalMs, roundTripMs };
    this.#kept.set(server, news);
    this.#monitor.announce(server);
  }
}

function timeLeftMs({ lease }: Heartbeat): number {
  if (lease?.state?.$case !== "held") return 0;
  return toMilliseconds(lease.state.value.timeLeft) ?? 0;
}

function withTimeLeft(lease: LeaseReport | undefined, leftMs: number): LeaseReport | undefined {
  if (lease?.state?.$case !== "held") return lease;
  const value = { ...lease.state.value, timeLeft: toDuration(leftMs) };
  return { ...lease, state: { $case: "held", value } };
}

function looksDifferent(before: Heartbeat, after: Heartbeat): boolean {
  if (before.lease?.highest?.term !== after.lease?.highest?.term) return true;
  if (termOf(before) !== termOf(after)) return true;
  if (before.lease?.state?.$case !== after.lease?.state?.$case) return true;
  if (before.channels.length !== after.channels.length) return true;
  for (let index = 0; index < after.channels.length; index += 1) {
    const channel = after.channels[index];
    const channelBefore = before.channels[index];
    if (channel?.name !== channelBefore?.name) return true;
    if (channel?.activity !== channelBefore?.activity) return true;
    if (channel?.term !== channelBefore?.term) return true;
    if (channel?.digest !== channelBefore?.digest) return true;
  }
  return false;
}

function termOf({ lease }: Heartbeat): bigint {
  const state = lease?.state;
  return state === undefined || state.$case === "none" ? 0n : state.value.term;
}

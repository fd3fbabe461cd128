// WatchPulses: how heartbeats arrive, again and again. It reads what the heartbeats left behind, so
// that a heartbeat costs the same whether or not somebody looks on.

import { toDuration } from "@hot-backup/kit/duration.ts";
import { type Outlet, serverStream } from "@hot-backup/kit/grpc-handlers.ts";
import type {
  MonitorServiceServer,
  Pulse,
  WatchPulsesRequest,
  WatchPulsesResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { thresholdAtMs } from "../core/watched.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findFilter } from "./find-server.ts";
import { RequestCheck } from "./request-fields.ts";
import type { ServerSources } from "./write-server.ts";

/** Fast enough for a line that moves, and slow enough for a reader of thousands of servers. */
const periodDefaultMs = 250;
const periodBounds = { minMs: 100, maxMs: 10_000 };

type PulseSources = Pick<ServerSources, "monitor" | "last">;

export function pulseMethod(sources: PulseSources): Pick<MonitorServiceServer, "watchPulses"> {
  const { log } = sources.monitor.parts;
  return {
    watchPulses: serverStream<WatchPulsesRequest, WatchPulsesResponse>(log, (request, outlet) =>
      watchPulses(sources, request, outlet),
    ),
  };
}

async function watchPulses(
  sources: PulseSources,
  { serverId, period }: WatchPulsesRequest,
  outlet: Outlet<WatchPulsesResponse>,
): Promise<void> {
  const { monitor } = sources;
  const check = new RequestCheck();
  const periodMs = check.duration("period", period, periodBounds) ?? periodDefaultMs;
  const only = findFilter(monitor, serverId, check);
  const servers = only === undefined ? [...monitor.servers.values()] : [only];
  const told = new Map<ServerLoop, Told>();
  while (!outlet.signal.aborted) {
    const asOf = new Date(monitor.parts.clock.wallMs());
    outlet.send({ asOf, pulses: servers.flatMap((server) => tellNews(sources, server, told)) });
    await after(sources, periodMs, outlet.signal);
    // A slow reader gets the next one when it has read this one, and as it is then.
    await outlet.drained();
  }
}

/** What was told of a server last, as far as it decides what is told next. */
interface Told {
  readonly goodCount: number;
  readonly isCounting: boolean;
}

function tellNews(
  sources: PulseSources,
  server: ServerLoop,
  told: Map<ServerLoop, Told>,
): readonly Pulse[] {
  const { watched } = server;
  const { goodCount } = watched.liveness.arrivals;
  const deadAtMs = thresholdAtMs(watched, sources.monitor.stall.totalMs);
  const isCounting = Number.isFinite(deadAtMs);
  const before = told.get(server);
  if (before?.goodCount === goodCount && before.isCounting === isCounting) return [];
  told.set(server, { goodCount, isCounting });
  return [writePulse(sources, server, deadAtMs)];
}

function writePulse({ monitor, last }: PulseSources, server: ServerLoop, deadAtMs: number): Pulse {
  const { liveness } = server.watched;
  const { goodCount, lastGapMs } = liveness.arrivals;
  const nowMs = monitor.parts.clock.nowMs();
  const beat = last.beatOf(server);
  return {
    serverId: server.record.serverId,
    goodHeartbeats: BigInt(goodCount),
    sinceGood: writeTime(liveness.hasGood ? nowMs - liveness.lastGoodMs : undefined),
    lastGap: writeTime(lastGapMs),
    interval: writeTime(beat?.intervalMs),
    roundTrip: writeTime(beat?.roundTripMs),
    timeToDead: writeTime(deadAtMs - nowMs),
  };
}

function writeTime(milliseconds: number | undefined) {
  if (milliseconds === undefined || !Number.isFinite(milliseconds)) return undefined;
  return toDuration(Math.max(0, milliseconds));
}

function after({ monitor }: PulseSources, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = monitor.parts.timers.after(delayMs, finish);
    signal.addEventListener("abort", finish);
  });
}

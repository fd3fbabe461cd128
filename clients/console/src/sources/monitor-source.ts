// What a monitor tells: its servers, how their heartbeats arrive, its signals, and the run of each
// server, step by step.

import { follow } from "@hot-backup/client/follow.ts";
import { listAll } from "@hot-backup/client/pages.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import type {
  MonitorServiceClient,
  Server,
  SignalRecord,
  WatchPulsesResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { toSignalView } from "../convert/run-view.ts";
import { toPulseView, toServerView } from "../convert/server-view.ts";
import { viewKeys } from "../view/event.ts";
import type { ServerView } from "../view/server.ts";
import type { Heard } from "../view/source.ts";
import type { Link } from "./attempt.ts";
import type { SourceContext } from "./keep-source.ts";
import { RunFollower } from "./run-follower.ts";

/** Signals of each monitor that a page is told when it comes; it asks for older ones. */
const signalsKept = 200;

/**
 * Between two words about heartbeats: a line that moves, and the proof that the monitor is there.
 */
const pulseMs = 250;

/** A heartbeat that came just after a word is told with the next one. */
const tellingMs = pulseMs + 50;

const listWithinMs = 3000;

/** Follows a monitor until the link is over, or one of its streams breaks. */
export async function followMonitor(
  context: SourceContext,
  { monitor, link }: { monitor: MonitorServiceClient; link: Link },
): Promise<void> {
  const { signal: stop } = link;
  const runs = new RunFollower(context, monitor);
  const take = (server: Server) => {
    link.heard();
    const view = toServerView(server, heardNow(context));
    context.board.servers.put(view);
    runs.want(view);
    return view;
  };
  const servers = follow(monitor.watchServers({ serverId: "" }), {
    what: "Cannot watch its servers",
    stop,
    onData: ({ event }) => {
      if (event?.$case === "snapshot") event.value.servers.forEach(take);
      else if (event?.$case === "changed") take(event.value);
    },
  });
  const pulses = follow(monitor.watchPulses({ serverId: "", period: toDuration(pulseMs) }), {
    what: "Cannot watch heartbeats",
    stop,
    onData: (told) => takePulses(context, told, link),
  });
  const listed = listServers(context, { monitor, take, link }).then(() => link.caughtUp());
  await firstFailure([
    servers,
    pulses,
    followSignals(context, { monitor, link }),
    listed.then(() => runs.follow(link)),
  ]);
}

/** Resolves or rejects with the first of several that are meant to go on until they are ended. */
function firstFailure(endless: readonly Promise<unknown>[]): Promise<unknown> {
  return Promise.race(endless);
}

// A snapshot of the watch may come in parts: only a list says which servers there are no more.
async function listServers(
  { board, server: toldBy }: SourceContext,
  given: { monitor: MonitorServiceClient; take(server: Server): ServerView; link: Link },
): Promise<void> {
  const { monitor, take, link } = given;
  const method = monitor.listServers.bind(monitor);
  const options = {
    what: "Cannot list its servers",
    deadlineMs: listWithinMs,
    signal: link.signal,
  };
  const all = await listAll(async (page) => {
    const { servers, nextPageToken } = await call(method, page, options);
    return { entries: servers, nextPageToken };
  });
  const views = all.map(take);
  const isOwn = (view: Heard) => view.toldBy === toldBy;
  board.servers.keepOnly(isOwn, views);
  const ids = new Set(views.map(({ serverId }) => serverId));
  for (const kind of [board.pulses, board.runs]) {
    for (const view of kind.all()) {
      if (isOwn(view) && !ids.has(view.serverId)) kind.drop(viewKeys.servers(view));
    }
  }
}

function takePulses(context: SourceContext, told: WatchPulsesResponse, link: Link): void {
  link.heard();
  const heard = heardNow(context);
  for (const pulse of told.pulses) context.board.pulses.put(toPulseView(pulse, heard));
  markSilent(context);
}

// A monitor says nothing when a server that it must not declare dead falls silent, as in
// maintenance; what was LIVE is then not known to live.
function markSilent({ board, server: toldBy, nowMs }: SourceContext): void {
  for (const view of board.servers.all()) {
    if (view.toldBy !== toldBy || view.declared !== "LIVE") continue;
    const pulse = board.pulses.find(viewKeys.servers(view));
    if (pulse === undefined) continue;
    const silenceMs = (pulse.sinceGoodMs ?? Number.POSITIVE_INFINITY) + nowMs() - pulse.heardAtMs;
    const state = silenceMs <= view.thresholdMs + tellingMs ? "LIVE" : "UNKNOWN";
    if (state !== view.state) board.servers.put({ ...view, state });
  }
}

async function followSignals(
  context: SourceContext,
  { monitor, link }: { monitor: MonitorServiceClient; link: Link },
): Promise<void> {
  const { board, server: toldBy } = context;
  const method = monitor.listSignals.bind(monitor);
  const request = { serverId: "", pageSize: signalsKept, pageToken: "" };
  const options = { what: "Cannot list its signals", deadlineMs: listWithinMs };
  const { signals } = await call(method, request, { ...options, signal: link.signal });
  const take = (record: SignalRecord) => toSignalView(record, heardNow(context));
  const newest = signals.map(take);
  const kept = newest.toReversed();
  board.signals.keepOnly((view) => view.toldBy === toldBy, kept);
  for (const view of kept) board.signals.put(view);
  await follow(monitor.watchSignals({ serverId: "", afterSignalId: signals[0]?.signalId ?? 0n }), {
    what: "Cannot watch its signals",
    stop: link.signal,
    onData: ({ signal }) => {
      if (signal === undefined) return;
      const view = take(signal);
      board.signals.put(view);
      kept.push(view);
      const oldest = kept.length > signalsKept ? kept.shift() : undefined;
      if (oldest !== undefined) board.signals.forget(viewKeys.signals(oldest));
    },
  });
}

function heardNow({ server, nowMs }: SourceContext): Heard {
  return { toldBy: server, heardAtMs: nowMs() };
}

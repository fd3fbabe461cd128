// Streams of changes: servers as they change, and signals after a given one, each exactly once.

import { type Outlet, serverStream } from "@hot-backup/kit/grpc-handlers.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import type {
  MonitorServiceServer,
  WatchServersRequest,
  WatchServersResponse,
  WatchSignalsRequest,
  WatchSignalsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeSignal } from "../convert.ts";
import type { SignalRecord } from "../ports.ts";
import { findFilter } from "./find-server.ts";
import { RequestCheck, signalIdMax } from "./request-fields.ts";
import { cutServers } from "./server-page.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

/** Signals read from the journal at once while a watch catches up. */
const catchUpMax = 200;

type WatchingMethods = Pick<MonitorServiceServer, "watchServers" | "watchSignals">;

export function watchingMethods(sources: ServerSources): WatchingMethods {
  const { log } = sources.monitor.parts;
  return {
    watchServers: serverStream<WatchServersRequest, WatchServersResponse>(log, (request, outlet) =>
      watchServers(sources, request, outlet),
    ),
    watchSignals: serverStream<WatchSignalsRequest, WatchSignalsResponse>(log, (request, outlet) =>
      watchSignals(sources, request, outlet),
    ),
  };
}

async function watchServers(
  sources: ServerSources,
  { serverId }: WatchServersRequest,
  outlet: Outlet<WatchServersResponse>,
): Promise<void> {
  const { monitor } = sources;
  const only = findFilter(monitor, serverId);
  const servers = only === undefined ? [...monitor.servers.values()] : [only];
  const snapshot = cutServers(sources, servers, Infinity);
  outlet.send({ event: { $case: "snapshot", value: { servers: snapshot } } });
  const unsubscribe = monitor.subscribe({
    serverChanged: (server) => {
      if (!servers.includes(server)) return;
      outlet.send({ event: { $case: "changed", value: writeServer(sources, server) } });
    },
    signalRecorded: () => {},
  });
  // Each is told as it is when it is told, so that a change meanwhile is neither lost nor undone.
  for (const server of servers.slice(snapshot.length)) {
    await outlet.drained();
    outlet.send({ event: { $case: "changed", value: writeServer(sources, server) } });
  }
  await aborted(outlet.signal);
  unsubscribe();
}

async function watchSignals(
  { monitor }: ServerSources,
  { serverId, afterSignalId }: WatchSignalsRequest,
  outlet: Outlet<WatchSignalsResponse>,
): Promise<void> {
  const check = new RequestCheck();
  if (afterSignalId > signalIdMax) check.add("after_signal_id", `must be at most ${signalIdMax}`);
  findFilter(monitor, serverId, check);
  let sentId = afterSignalId;
  const send = (signal: SignalRecord) => {
    if (signal.signalId <= sentId) return;
    sentId = signal.signalId;
    outlet.send({ signal: writeSignal(signal) });
  };
  // From the last page to the subscription nothing waits: no signal can slip in between.
  for (;;) {
    const page = monitor.parts.journal.listSignalsAfter(sentId, { serverId, limit: catchUpMax });
    for (const signal of page) send(signal);
    if (page.length < catchUpMax || outlet.signal.aborted) break;
    await outlet.drained();
  }
  const unsubscribe = monitor.subscribe({
    serverChanged: () => {},
    signalRecorded: (signal) => {
      if (serverId === "" || signal.serverId === serverId) send(signal);
    },
  });
  await aborted(outlet.signal);
  unsubscribe();
}

// What anybody may ask: servers, signals, runs, what a flow would do, and why.

import { toDuration } from "@hot-backup/kit/duration.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type {
  ExplainServerResponse,
  GetRunRequest,
  GetRunResponse,
  ListRunsRequest,
  ListRunsResponse,
  ListServersRequest,
  ListServersResponse,
  ListSignalsRequest,
  ListSignalsResponse,
  MonitorServiceServer,
  Run,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import {
  writeHistory,
  writeRun,
  writeServerState,
  writeSignal,
  writeSignalName,
} from "../convert.ts";
import { runObstacles } from "../core/explain-run.ts";
import { findObstacles, nextTransitions, summarize } from "../core/explain.ts";
import { recentGapsMs } from "../core/liveness.ts";
import type { RunRecord } from "../core/run-record.ts";
import { longestStallMs } from "../core/stall-meter.ts";
import { thresholdAtMs } from "../core/watched.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findFilter, findServer } from "./find-server.ts";
import { fitRun } from "./fit-run.ts";
import { type ListOf, writePageToken } from "./page-token.ts";
import { RequestCheck } from "./request-fields.ts";
import { readRunPage } from "./run-page.ts";
import { cutServers } from "./server-page.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

/** Lines of history in an explanation. */
const historyMax = 20;

type ReadingMethods = Pick<
  MonitorServiceServer,
  "getServer" | "listServers" | "listSignals" | "listRuns" | "getRun" | "explainServer"
>;

export function readingMethods(sources: ServerSources): ReadingMethods {
  const { monitor } = sources;
  const { log } = monitor.parts;
  return {
    getServer: unary(log, ({ serverId }) => ({
      server: writeServer(sources, findServer(monitor, serverId)),
    })),
    listServers: unary(log, (request) => listServers(sources, request)),
    listSignals: unary(log, (request) => listSignals(sources, request)),
    listRuns: unary(log, (request) => listRuns(sources, request)),
    getRun: unary(log, (request) => getRun(sources, request)),
    explainServer: unary(log, ({ serverId }) => explain(sources, findServer(monitor, serverId))),
  };
}

function listServers(sources: ServerSources, request: ListServersRequest): ListServersResponse {
  const list = { list: "servers", serverId: "" } as const;
  const check = new RequestCheck();
  const { limit, position = "" } = check.page(list, request);
  check.finish();
  const servers = [...sources.monitor.servers.values()];
  const rest = servers.filter((each) => each.record.serverId > position);
  const page = cutServers(sources, rest, limit);
  const last = page.at(-1);
  const isMore = rest.length > page.length && last !== undefined;
  return { servers: page, nextPageToken: isMore ? writePageToken(list, last.serverId) : "" };
}

function listSignals(sources: ServerSources, request: ListSignalsRequest): ListSignalsResponse {
  const list = { list: "signals", serverId: request.serverId } as const;
  const { limit, before } = numbered(sources, list, request);
  const { journal } = sources.monitor.parts;
  const signals = journal.listSignals({ ...list, limit: limit + 1, before });
  const page = signals.slice(0, limit);
  const last = page.at(-1);
  const isMore = signals.length > limit && last !== undefined;
  return {
    signals: page.map(writeSignal),
    nextPageToken: isMore ? writePageToken(list, String(last.signalId)) : "",
  };
}

function listRuns(sources: ServerSources, request: ListRunsRequest): ListRunsResponse {
  const list = { list: "runs", serverId: request.serverId } as const;
  const { limit, before } = numbered(sources, list, request);
  const { journal } = sources.monitor.parts;
  const page = { serverId: list.serverId, limit, before };
  const { runs, next } = readRunPage(journal, page, (run) => tellRun(sources, run));
  return { runs, nextPageToken: next === undefined ? "" : writePageToken(list, String(next)) };
}

function tellRun({ monitor }: ServerSources, run: RunRecord): Run {
  const { clock, journal } = monitor.parts;
  return fitRun(writeRun(run, { journalId: journal.journalId, wallMs: clock.wallMs() }));
}

function getRun(sources: ServerSources, { runId }: GetRunRequest): GetRunResponse {
  const check = new RequestCheck();
  check.runId(runId);
  check.finish();
  const run = sources.monitor.parts.journal.findRun(runId);
  if (run !== undefined) return { run: tellRun(sources, run) };
  throw new Failure("not_found", {
    message: `There is no run "${runId}"`,
    reason: "UNKNOWN_RUN",
    metadata: { runId },
  });
}

// A page of a list that is ordered by a rising number, newest first.
function numbered(
  { monitor }: ServerSources,
  list: ListOf,
  request: { pageSize: number; pageToken: string },
) {
  const check = new RequestCheck();
  const { limit, position } = check.page(list, request);
  findFilter(monitor, list.serverId, check);
  return { limit, before: position === undefined ? undefined : BigInt(position) };
}

// The takeover, as long as it stands, and the newest run: no other run does anything now.
function runsAtWork({ monitor }: ServerSources, { record }: ServerLoop): readonly RunRecord[] {
  const { journal } = monitor.parts;
  const page = { serverId: record.serverId, limit: 1, before: undefined };
  const newest = journal.listRuns(page).map(({ run }) => run);
  if (newest.some(({ runId }) => runId === record.takeoverRunId)) return newest;
  const takeover = journal.findRun(record.takeoverRunId);
  return takeover === undefined ? newest : [takeover, ...newest];
}

function explain(sources: ServerSources, server: ServerLoop): ExplainServerResponse {
  const { watched } = server;
  const { clock, journal } = sources.monitor.parts;
  const { stall } = sources.monitor;
  const nowMs = clock.nowMs();
  const deadAtMs = thresholdAtMs(watched, stall.totalMs);
  const message = writeServer(sources, server);
  const errors = new Map(message.targets.map(({ name, lastError }) => [name, lastError]));
  const targetError = (target: string) => errors.get(target) ?? "";
  return {
    server: message,
    summary: summarize(watched),
    timeToDead: Number.isFinite(deadAtMs) ? toDuration(Math.max(0, deadAtMs - nowMs)) : undefined,
    blockedBy: [
      ...findObstacles(watched, { nowMs, targetError }),
      ...runsAtWork(sources, server).flatMap(runObstacles),
      ...sources.refused.obstaclesOf(server.record.serverId),
      ...sources.lives.obstaclesOf(server.record.serverId),
    ],
    next: nextTransitions(watched).map((row) => ({
      event: row.on,
      from: writeServerState(row.from),
      to: writeServerState(row.to),
      signal: row.signal === undefined ? Signal.SIGNAL_UNSPECIFIED : writeSignalName(row.signal),
      because: row.because,
    })),
    recentGaps: recentGapsMs(watched.liveness).map(toDuration),
    monitorLag: toDuration(longestStallMs(stall)),
    history: journal.listHistory(server.record.serverId, historyMax).map(writeHistory),
    past: undefined,
    advice: undefined,
    leaseHolding: undefined,
  };
}

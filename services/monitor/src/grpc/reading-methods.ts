// What anybody may ask: servers, signals and runs.

import { Failure } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type {
  GetRunRequest,
  GetRunResponse,
  ListRunsRequest,
  ListRunsResponse,
  ListServersRequest,
  ListServersResponse,
  ListSignalsRequest,
  ListSignalsResponse,
  MonitorServiceServer,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeSignal } from "../convert.ts";
import { findFilter, findServer } from "./find-server.ts";
import { type ListOf, writePageToken } from "./page-token.ts";
import { RequestCheck } from "./request-fields.ts";
import { readRunPage, tellRun } from "./run-page.ts";
import { cutServers } from "./server-page.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

type ReadingMethods = Pick<
  MonitorServiceServer,
  "getServer" | "listServers" | "listSignals" | "listRuns" | "getRun"
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
  const { runs, next } = readRunPage(journal, page, (run) => tellRun(sources.monitor.parts, run));
  return { runs, nextPageToken: next === undefined ? "" : writePageToken(list, String(next)) };
}

function getRun(sources: ServerSources, { runId }: GetRunRequest): GetRunResponse {
  const check = new RequestCheck();
  check.runId(runId);
  check.finish();
  const run = sources.monitor.parts.journal.findRun(runId);
  if (run !== undefined) return { run: tellRun(sources.monitor.parts, run) };
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

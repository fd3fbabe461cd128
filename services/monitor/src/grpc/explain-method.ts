// ExplainServer: why a server is in its state, what would change it and what stands in the way; and
// why a signal of the past was given.

import { toDuration } from "@hot-backup/kit/duration.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type {
  ExplainServerRequest,
  ExplainServerResponse,
  LeaseHolding,
  MonitorServiceServer,
  PastDecision,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeHistory, writeSignal } from "../convert.ts";
import { runObstacles } from "../core/explain-run.ts";
import { findObstacles, nextTransitions, summarize } from "../core/explain.ts";
import { leaseHoldingOf } from "../core/lease-holding.ts";
import { recentGapsMs } from "../core/liveness.ts";
import { decidedBy } from "../core/past-decision.ts";
import type { RunRecord } from "../core/run-record.ts";
import { longestStallMs } from "../core/stall-meter.ts";
import { adviseThreshold } from "../core/threshold-advice.ts";
import { gapsOf } from "../core/arrivals.ts";
import { thresholdAtMs } from "../core/watched.ts";
import { drillObstacles } from "../drill-words.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findServer } from "./find-server.ts";
import { RequestCheck, signalIdMax } from "./request-fields.ts";
import { tellRun } from "./run-page.ts";
import { writeAdvice, writeEvidence, writeRule } from "./write-reasons.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

/** Lines of history in an explanation, and between a signal and the next one. */
const historyMax = 20;
const pastHistoryMax = 50;

/** What nobody means is refused: a false DEAD in a thousand years, or every half a minute. */
const perYearMin = 0.001;
const perYearMax = 1_000_000;
const perYearDefault = 1;

export function explainMethod(sources: ServerSources): Pick<MonitorServiceServer, "explainServer"> {
  return {
    explainServer: unary(sources.monitor.parts.log, (request) => {
      const check = new RequestCheck();
      const perYear = readPerYear(request, check);
      if (request.signalId > signalIdMax) check.add("signal_id", `must be at most ${signalIdMax}`);
      const server = findServer(sources.monitor, request.serverId, check);
      return explain(sources, server, { signalId: request.signalId, perYear });
    }),
  };
}

function readPerYear({ falseDeadPerYear }: ExplainServerRequest, check: RequestCheck): number {
  if (falseDeadPerYear === 0) return perYearDefault;
  // Written so that NaN is refused.
  if (!(falseDeadPerYear >= perYearMin && falseDeadPerYear <= perYearMax)) {
    check.add("false_dead_per_year", `must be from ${perYearMin} to ${perYearMax}, or 0`);
  }
  return falseDeadPerYear;
}

function explain(
  sources: ServerSources,
  server: ServerLoop,
  asked: { signalId: bigint; perYear: number },
): ExplainServerResponse {
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
      ...drillObstacles(sources.drills.runningOn(server.record.serverId)),
    ],
    next: nextTransitions(watched).map(writeRule),
    recentGaps: recentGapsMs(watched.liveness).map(toDuration),
    monitorLag: toDuration(longestStallMs(stall)),
    history: journal.listHistory(server.record.serverId, historyMax).map(writeHistory),
    past: asked.signalId === 0n ? undefined : tellPast(sources, server, asked.signalId),
    advice: advise(sources, server, asked.perYear),
    leaseHolding: tellHolding(sources, server),
  };
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

function tellPast(sources: ServerSources, { record }: ServerLoop, signalId: bigint): PastDecision {
  const { journal } = sources.monitor.parts;
  const { serverId } = record;
  const [signal, next] = journal.listSignalsAfter(signalId - 1n, { serverId, limit: 2 });
  if (signal?.signalId !== signalId) {
    throw new Failure("not_found", {
      message: `The journal has no signal ${signalId} of server "${serverId}"`,
      reason: "UNKNOWN_SIGNAL",
      metadata: { serverId, signalId: String(signalId) },
    });
  }
  const rule = decidedBy(signal);
  const run = journal.findRun(signal.runId);
  const terms = { from: signal.term, below: next?.term, limit: pastHistoryMax };
  return {
    signal: writeSignal(signal),
    rule: rule === undefined ? undefined : writeRule(rule),
    evidence: signal.facts === undefined ? undefined : writeEvidence(signal.facts),
    run: run === undefined ? undefined : tellRun(sources.monitor.parts, run),
    history: journal.listHistoryOfTerms(serverId, terms).map(writeHistory),
    nextSignal: next === undefined ? undefined : writeSignal(next),
  };
}

function advise(sources: ServerSources, server: ServerLoop, falseDeadPerYear: number) {
  const { settings, liveness } = server.watched;
  const { intervalMs = Number.NaN, roundTripMs = Number.NaN } = sources.last.beatOf(server) ?? {};
  const gaps = gapsOf(liveness.arrivals);
  return writeAdvice(
    adviseThreshold({ gaps, settings, intervalMs, roundTripMs, falseDeadPerYear }),
  );
}

function tellHolding(sources: ServerSources, server: ServerLoop): LeaseHolding | undefined {
  const { clock } = sources.monitor.parts;
  const nowMs = clock.nowMs();
  const { record } = server;
  const holding = leaseHoldingOf(server.watched, nowMs);
  if (holding === undefined) return undefined;
  const { holder, untilMs, goneByMs, text } = holding;
  const at = (instantMs: number | undefined) =>
    instantMs === undefined ? undefined : new Date(clock.wallMs() + instantMs - nowMs);
  const told = sources.last.of(server)?.lease?.state;
  const reportedHeld = told?.$case === "held" && told.value.term === record.term;
  return {
    holder,
    term: record.term,
    reportedHeld,
    until: at(untilMs),
    goneBy: at(goneByMs),
    text,
  };
}

// RunDrill and ListDrills. A drill that is begun is the monitor's: its caller only listens.

import assert from "node:assert/strict";
import { Failure } from "@hot-backup/kit/errors.ts";
import { type Outlet, serverStream, unary } from "@hot-backup/kit/grpc-handlers.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import {
  Drill,
  type ListDrillsRequest,
  type ListDrillsResponse,
  type RunDrillRequest,
  type RunDrillResponse,
} from "@hot-backup/proto/hotbackup/v1/drill.ts";
import type { MonitorServiceServer } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { lateLines } from "../core/drill-course.ts";
import { newPhases } from "../core/drill-estimate.ts";
import type { DrillKind, DrillObjective, DrillRecord } from "../core/drill-record.ts";
import { recentGapsMs } from "../core/liveness.ts";
import type { Actor } from "../core/run-record.ts";
import type { ChannelsOf } from "../drills.ts";
import { storeRefusal, toFailure } from "../refusals.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findFilter, findServer } from "./find-server.ts";
import { noting } from "./note-refusal.ts";
import { writePageToken } from "./page-token.ts";
import { RequestCheck } from "./request-fields.ts";
import { whyNoMove, whyTargetsUnready } from "./switchover-check.ts";
import { readDrillKind, writeDrill } from "./write-drill.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

const objectiveMs = { minMs: 1, maxMs: 3_600_000 };

/** Far below the limit of clients: a drill has a line for each channel. */
const pageBytesMax = 1024 * 1024;

/** Drills and runs of a server that are searched for what was measured last. */
const measuredMax = 20;

/** What the methods need besides. */
interface DrillSources extends ServerSources {
  readonly channelsOf: ChannelsOf;
}

/** A request that was found good. */
interface Asked {
  readonly server: ServerLoop;
  readonly actor: Actor;
  readonly kind: DrillKind;
  readonly objective: DrillObjective;
}

export function drillMethods(
  sources: DrillSources,
): Pick<MonitorServiceServer, "runDrill" | "listDrills"> {
  const { log } = sources.monitor.parts;
  return {
    runDrill: serverStream<RunDrillRequest, RunDrillResponse>(log, (request, outlet) => {
      const asked = readRequest(sources, request);
      return noting(sources, asked, () =>
        asked.kind === "shadow"
          ? runShadow(sources, asked, outlet)
          : runDrill(sources, asked, outlet),
      );
    }),
    listDrills: unary(log, (request) => listDrills(sources, request)),
  };
}

function readRequest({ monitor }: DrillSources, request: RunDrillRequest): Asked {
  const check = new RequestCheck();
  const actor = check.actor(request.actor);
  const kind = readDrillKind(request.kind);
  if (kind === undefined) check.add("kind", "must be SWITCHOVER, SILENCE or SHADOW");
  const { detection, start, handover } = request.objective ?? {};
  const objective = {
    detectionMs: check.duration("objective.detection", detection, objectiveMs),
    startMs: check.duration("objective.start", start, objectiveMs),
    handoverMs: check.duration("objective.handover", handover, objectiveMs),
  };
  const server = findServer(monitor, request.serverId, check);
  // Without a kind the check has thrown.
  assert(kind !== undefined);
  return { server, actor, kind, objective };
}

async function runDrill(
  sources: DrillSources,
  asked: Asked,
  outlet: Outlet<RunDrillResponse>,
): Promise<void> {
  const { drills, monitor } = sources;
  const { clock } = monitor.parts;
  await checkMayBegin(sources, asked.server);
  const record = newDrill(sources, asked);
  const over = Promise.withResolvers<void>();
  const unfollow = drills.follow((drill) => {
    if (drill.drillId !== record.drillId) return;
    outlet.send({ drill: writeDrill(drill, clock.wallMs()) });
    if (drill.state !== "running") over.resolve();
  });
  try {
    const refusal = drills.begin(asked.server, record);
    if (refusal !== undefined) throw toFailure(refusal);
    await Promise.race([over.promise, aborted(outlet.signal)]);
  } finally {
    unfollow();
  }
}

async function checkMayBegin(sources: DrillSources, server: ServerLoop): Promise<void> {
  const { monitor, drills } = sources;
  const { serverId } = server.record;
  const cannot = `Cannot begin a drill of server "${serverId}"`;
  const refuse = (reason: string, message: string) =>
    new Failure("refused", { reason, message: `${cannot}: ${message}` });
  if (drills.runningOn(serverId) !== undefined) {
    throw refuse("DRILL_UNDER_WAY", "another one goes on");
  }
  const refused = whyNoMove(monitor, server);
  if (refused !== undefined) throw refuse(...refused);
  // What does not run cannot be moved, and nothing could be measured.
  if (!server.watched.liveness.isHeldSeen) {
    throw refuse("NOTHING_TO_DO", "it does not hold its lease yet");
  }
  const [unready] = await whyTargetsUnready(monitor, server);
  if (unready !== undefined) throw refuse("TARGET_NOT_READY", unready);
  // The targets took their time to answer.
  const refusedNow = whyNoMove(monitor, server);
  if (refusedNow !== undefined) throw refuse(...refusedNow);
}

// It is told whole, once: nothing of it goes on.
async function runShadow(
  sources: DrillSources,
  asked: Asked,
  outlet: Outlet<RunDrillResponse>,
): Promise<void> {
  const { monitor, drills } = sources;
  const { server } = asked;
  const refused = whyNoMove(monitor, server);
  const unready = await whyTargetsUnready(monitor, server);
  const { readiness } = writeServer(sources, server);
  const problems = readiness?.problems.map(({ subject, text }) => `${subject}: ${text}`) ?? [];
  const underWay = drills.runningOn(server.record.serverId);
  const record = newDrill(sources, asked);
  const because = [
    ...(refused === undefined ? [] : [refused[1]]),
    ...(underWay === undefined ? [] : [`drill ${underWay.drillId} goes on`]),
    ...new Set([...unready, ...problems]),
    ...lateLines(record),
  ];
  const state = because.length === 0 ? "passed" : "failed";
  const endedWallMs = monitor.parts.clock.wallMs();
  const ended: DrillRecord = { ...record, state, because, endedWallMs };
  if (!drills.save(ended)) throw toFailure(storeRefusal);
  outlet.send({ drill: writeDrill(ended, endedWallMs) });
}

function newDrill(sources: DrillSources, asked: Asked): DrillRecord {
  const { journal, clock } = sources.monitor.parts;
  const { server, actor, kind, objective } = asked;
  const { serverId, term: startTerm } = server.record;
  const { settings, liveness } = server.watched;
  const page = { serverId, limit: measuredMax, before: undefined };
  const [newest] = journal.listDrills({ serverId: "", limit: 1, before: undefined });
  const measured = {
    drills: journal.listDrills(page).map(({ drill }) => drill),
    runs: journal.listRuns(page).map(({ run }) => run),
    thresholdMs: settings.thresholdMs,
    gapsMs: recentGapsMs(liveness),
  };
  const started = sources.channelsOf(server).filter(({ activity }) => activity === "STARTED");
  const names = started.map(({ name }) => name).toSorted();
  return {
    drillId: `${serverId}-drill-${(newest?.position ?? 0n) + 1n}`,
    serverId,
    kind,
    actor,
    objective,
    state: "running",
    startTerm,
    phases: newPhases(kind, objective, measured),
    channels: names.map((name) => ({ name, outMs: undefined, backMs: undefined })),
    mails: 0,
    because: [],
    startedWallMs: clock.wallMs(),
    endedWallMs: undefined,
  };
}

function listDrills({ monitor }: DrillSources, request: ListDrillsRequest): ListDrillsResponse {
  const list = { list: "drills", serverId: request.serverId } as const;
  const check = new RequestCheck();
  const { limit, position } = check.page(list, request);
  findFilter(monitor, list.serverId, check);
  const { journal, clock } = monitor.parts;
  const before = position === undefined ? undefined : BigInt(position);
  const found = journal.listDrills({ serverId: list.serverId, limit: limit + 1, before });
  const drills: Drill[] = [];
  let bytes = 0;
  for (const { drill } of found.slice(0, limit)) {
    const message = writeDrill(drill, clock.wallMs());
    bytes += Drill.encode(message).finish().length;
    if (bytes > pageBytesMax && drills.length > 0) break;
    drills.push(message);
  }
  const last = found[drills.length - 1];
  const isMore = found.length > drills.length && last !== undefined;
  return {
    drills,
    nextPageToken: isMore ? writePageToken(list, String(last.position)) : "",
  };
}

// A watched server as the contract tells it: from the loop, its last heartbeat and the clock.

import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  Assignment,
  type Server,
  type Target,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { writeServerState } from "../convert.ts";
import { gateTargets } from "../core/gate.ts";
import type { Maintenance } from "../core/server-record.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import type { LastHeartbeats } from "./last-heartbeats.ts";
import type { RefusedStreams } from "./refused-streams.ts";

/** What is told of targets beyond the journal. */
export interface TargetFacts {
  addressOf(target: string): string;
  lastErrorOf(target: string): string;
}

/** Everything that a server message is made of. */
export interface ServerSources {
  readonly monitor: Monitor;
  readonly last: LastHeartbeats;
  readonly refused: RefusedStreams;
  readonly targets: TargetFacts;
}

const assignments = {
  nobody: Assignment.ASSIGNMENT_NOBODY,
  primary: Assignment.ASSIGNMENT_PRIMARY,
  backup: Assignment.ASSIGNMENT_BACKUP,
} as const;

export function writeServer(sources: ServerSources, server: ServerLoop): Server {
  const { clock, journal } = sources.monitor.parts;
  const { settings, liveness, server: now } = server.watched;
  const { record } = now;
  const heartbeat = sources.last.of(server);
  return {
    serverId: record.serverId,
    state: writeServerState(record.state),
    because: record.because,
    assignment: assignments[record.assignment],
    term: record.term,
    journalId: journal.journalId,
    protection:
      settings.protection === "lease" ? Protection.PROTECTION_LEASE : Protection.PROTECTION_NONE,
    holder: record.holder,
    host: record.host,
    everHeard: record.state !== "unheard",
    changedAt: new Date(record.changedWallMs),
    asOf: new Date(clock.wallMs()),
    threshold: toDuration(settings.thresholdMs),
    sinceGood: liveness.hasGood ? toDuration(clock.nowMs() - liveness.lastGoodMs) : undefined,
    lease: heartbeat?.lease,
    channels: heartbeat?.channels ?? [],
    targets: gateTargets({ settings, server: now }).map((name) =>
      writeTarget(sources, server, name),
    ),
    maintenance: writeMaintenance(record.maintenance),
    failbackHeld: record.hold !== undefined,
    runId: server.lastRunId,
  };
}

function writeTarget(sources: ServerSources, server: ServerLoop, name: string): Target {
  const { record, gate } = server.watched.server;
  const error = server.targetError(name);
  return {
    name,
    address: sources.targets.addressOf(name),
    clean: record.cleanTargets.includes(name),
    confirmed: gate === undefined ? record.assignment === "primary" : gate.confirmed.includes(name),
    lastError: error === "" ? sources.targets.lastErrorOf(name) : error,
  };
}

function writeMaintenance(maintenance: Maintenance | undefined) {
  if (maintenance === undefined) return undefined;
  const { owner, reason, sinceWallMs, untilWallMs } = maintenance;
  return {
    owner,
    reason,
    since: new Date(sinceWallMs),
    until: untilWallMs === undefined ? undefined : new Date(untilWallMs),
  };
}

// A watched server as the contract tells it: from the loop, its last heartbeat and the clock.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  Assignment,
  type FailbackHold,
  type Release,
  type Server,
  type Target,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { writeObserved, writeServerState } from "../convert.ts";
import { whyHeld } from "../core/failback-hold.ts";
import type { Server as ServerNow } from "../core/draft.ts";
import { gateTargets } from "../core/gate.ts";
import { isReleasing } from "../core/release.ts";
import type { Maintenance } from "../core/server-record.ts";
import type { Drills } from "../drills.ts";
import type { Monitor } from "../monitor.ts";
import type { RefusalHistory } from "../refusal-history.ts";
import type { ServerLives } from "../server-lives.ts";
import type { ServerLoop } from "../server-loop.ts";
import type { LastHeartbeats } from "./last-heartbeats.ts";
import type { RefusedStreams } from "./refused-streams.ts";
import type { StandbyWatch } from "../standby-watch.ts";
import { writeReadiness } from "./write-readiness.ts";
import type { TargetPicture } from "./target-picture.ts";

/** What is told of targets beyond the journal. */
export interface TargetFacts {
  addressOf(target: string): string;
  lastErrorOf(target: string): string;
  pictureOf(target: string): TargetPicture | undefined;
}

/** Everything that a server message is made of. */
export interface ServerSources {
  readonly monitor: Monitor;
  readonly last: LastHeartbeats;
  readonly refused: RefusedStreams;
  readonly refusals: RefusalHistory;
  readonly lives: ServerLives;
  readonly drills: Drills;
  readonly targets: TargetFacts;
  /** Absent: nobody looks at readiness. */
  readonly standby: Pick<StandbyWatch, "of"> | undefined;
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
  const { report, reportedAt } = tellReport(sources, server);
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
    lease: report?.lease,
    channels: report?.channels ?? [],
    targets: gateTargets({ settings, server: now }).map((name) =>
      writeTarget(sources, server, name),
    ),
    maintenance: writeMaintenance(record.maintenance),
    failbackHeld: record.hold !== undefined,
    runId: server.lastRunId,
    reportedAt,
    failbackHold: writeHold(server, clock.nowMs()),
    recentDeaths: record.recentDeaths,
    release: writeRelease(now, clock),
    readiness: sources.standby && writeReadiness(sources.standby.of(record.serverId)),
  };
}

function writeRelease(server: ServerNow, clock: Clock): Release | undefined {
  const { release } = server.record;
  if (release === undefined) return undefined;
  const { boundMs, lastsMs, sinceWallMs, by } = release;
  const leftMs = isReleasing(server) ? lastsMs : server.releasedUntilMs - clock.nowMs();
  return {
    since: new Date(sinceWallMs),
    until: new Date(clock.wallMs() + Math.max(0, leftMs)),
    by,
    bound: toDuration(boundMs),
  };
}

// What a server said of itself holds as long as it is heard: later nobody knows what runs there.
function tellReport(sources: ServerSources, server: ServerLoop) {
  const { clock } = sources.monitor.parts;
  const { settings, liveness } = server.watched;
  const report = sources.last.of(server);
  if (report === undefined) return { report, reportedAt: undefined };
  const reportedAt = new Date(clock.wallMs() - report.ageMs);
  const sinceGoodMs = clock.nowMs() - liveness.lastGoodMs;
  if (liveness.hasGood && sinceGoodMs < settings.thresholdMs) return { report, reportedAt };
  const channels = report.channels.map((each) => ({
    ...each,
    activity: Activity.ACTIVITY_UNKNOWN,
  }));
  return { report: { ...report, channels }, reportedAt };
}

function writeHold(server: ServerLoop, nowMs: number): FailbackHold | undefined {
  const { record, liveSinceMs } = server.watched.server;
  const { hold } = record;
  if (hold === undefined) return undefined;
  const because = whyHeld(hold, record);
  if (hold.until === "operator") return { delay: undefined, timeLeft: undefined, because };
  const leftMs = Math.max(0, liveSinceMs + hold.delayMs - nowMs);
  const timeLeft = record.state === "live" ? toDuration(leftMs) : undefined;
  return { delay: toDuration(hold.delayMs), timeLeft, because };
}

function writeTarget(sources: ServerSources, server: ServerLoop, name: string): Target {
  const { record, gate } = server.watched.server;
  const error = server.targetError(name);
  const picture = sources.targets.pictureOf(name);
  const isWatched = picture?.isWatched ?? false;
  const channels = picture?.channelsOf(record.serverId) ?? [];
  const lastWordWallMs = picture?.lastWordWallMs;
  return {
    name,
    address: sources.targets.addressOf(name),
    clean: record.cleanTargets.includes(name),
    confirmed: gate === undefined ? record.assignment === "primary" : gate.confirmed.includes(name),
    lastError: error === "" ? sources.targets.lastErrorOf(name) : error,
    watched: isWatched,
    lastWordAt: lastWordWallMs === undefined ? undefined : new Date(lastWordWallMs),
    channels: channels.map((each) => writeObserved(each, isWatched)),
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

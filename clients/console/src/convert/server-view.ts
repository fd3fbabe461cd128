// Watched servers and their heartbeats as views.

import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { ProtectedChannel } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type {
  Pulse,
  Server,
  StandbyReadiness,
  Target,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { PulseView } from "../view/pulse.ts";
import type {
  LeaseView,
  ProtectedChannelView,
  ReadinessView,
  ServerView,
  TargetView,
} from "../view/server.ts";
import type { Heard } from "../view/source.ts";
import { instantMs, toldInstantMs } from "./instant.ts";
import { activityWord, assignmentWord, stateWord } from "./words.ts";

export function toServerView(server: Server, heard: Heard): ServerView {
  const thresholdMs = toMilliseconds(server.threshold) ?? 0;
  const sinceGoodMs = toMilliseconds(server.sinceGood);
  const declared = stateWord(server.state);
  const isHeard = sinceGoodMs !== undefined && sinceGoodMs <= thresholdMs;
  return {
    ...heard,
    serverId: server.serverId,
    state: declared === "LIVE" && !isHeard ? "UNKNOWN" : declared,
    declared,
    because: server.because,
    assignment: assignmentWord(server.assignment),
    term: String(server.term),
    journalId: server.journalId,
    protection: server.protection === Protection.PROTECTION_LEASE ? "LEASE" : "NONE",
    holder: server.holder,
    host: server.host,
    isEverHeard: server.everHeard,
    changedAtMs: instantMs(server.changedAt),
    asOfMs: toldInstantMs(server.asOf),
    thresholdMs,
    sinceGoodMs,
    lease: toLeaseView(server),
    reportedAtMs: instantMs(server.reportedAt),
    channels: server.channels.map(toProtectedChannel),
    targets: server.targets.map(toTarget),
    runId: server.runId,
    recentDeaths: server.recentDeaths,
    readiness: toReadiness(server.readiness),
    ...toWaits(server),
  };
}

// What keeps a server from going on by itself.
function toWaits({ maintenance, failbackHold, release }: Server) {
  return {
    maintenance: maintenance && {
      owner: maintenance.owner,
      reason: maintenance.reason,
      sinceAtMs: instantMs(maintenance.since),
      untilAtMs: instantMs(maintenance.until),
    },
    failbackHold: failbackHold && {
      because: failbackHold.because,
      delayMs: toMilliseconds(failbackHold.delay),
      timeLeftMs: toMilliseconds(failbackHold.timeLeft),
    },
    release: release && {
      sinceAtMs: instantMs(release.since),
      untilAtMs: instantMs(release.until),
      by: release.by,
      boundMs: toMilliseconds(release.bound) ?? 0,
    },
  };
}

function toLeaseView({ lease, protection, reportedAt }: Server): LeaseView {
  if (protection === Protection.PROTECTION_NONE) return { kind: "unprotected" };
  if (lease === undefined || reportedAt === undefined) return { kind: "unknown" };
  return toLease(lease);
}

function toLease({ state }: LeaseReport): LeaseView {
  switch (state?.$case) {
    case "held": {
      const { term, timeLeft } = state.value;
      return { kind: "held", term: String(term), timeLeftMs: toMilliseconds(timeLeft) ?? 0 };
    }
    case "ended":
      return { kind: "ended", term: String(state.value.term), because: state.value.because };
    case "override": {
      const { actor, since } = state.value;
      const { name: by, reason } = actor ?? { name: "", reason: "" };
      return { kind: "override", by, reason, sinceAtMs: instantMs(since) };
    }
    case "none":
    case undefined:
      return { kind: "none" };
  }
}

function toProtectedChannel({ name, activity, term }: ProtectedChannel): ProtectedChannelView {
  return { name, activity: activityWord(activity), term: String(term) };
}

function toTarget(target: Target): TargetView {
  return {
    name: target.name,
    address: target.address,
    isClean: target.clean,
    isConfirmed: target.confirmed,
    lastError: inPlainWords(target.lastError),
    isWatched: target.watched,
    lastWordAtMs: instantMs(target.lastWordAt),
    channels: target.channels.map(toProtectedChannel),
  };
}

function toReadiness(readiness: StandbyReadiness | undefined): ReadinessView | undefined {
  if (readiness === undefined) return undefined;
  return {
    isReady: readiness.ready,
    problems: readiness.problems.map(({ subject, reason, text, since }) => {
      return { subject, reason, text: inPlainWords(text), sinceAtMs: instantMs(since) };
    }),
    problemsOmitted: readiness.problemsOmitted,
    checkedAtMs: instantMs(readiness.checkedAt),
  };
}

export function toPulseView(pulse: Pulse, heard: Heard): PulseView {
  return {
    ...heard,
    serverId: pulse.serverId,
    goodHeartbeats: Number(pulse.goodHeartbeats),
    sinceGoodMs: toMilliseconds(pulse.sinceGood),
    lastGapMs: toMilliseconds(pulse.lastGap),
    intervalMs: toMilliseconds(pulse.interval),
    roundTripMs: toMilliseconds(pulse.roundTrip),
    timeToDeadMs: toMilliseconds(pulse.timeToDead),
  };
}

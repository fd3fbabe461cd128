// The only place where the generated types of the contracts and the types of the core meet.

import { toDuration, toMilliseconds } from "@hot-backup/kit/duration.ts";
import {
  Activity as WireActivity,
  type ProtectedChannel as WireProtectedChannel,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type {
  Grant as WireGrant,
  LeaseReport as WireLeaseReport,
  OverriddenLease,
} from "@hot-backup/proto/hotbackup/v1/lease.ts";
import {
  ServerState,
  type StreamHeartbeatsRequest,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Answer, Grant, HeartbeatContent } from "./core/beat-state.ts";
import type { Decision } from "./core/decisions.ts";
import type { Knowledge } from "./core/knowledge.ts";
import type { Actor } from "./core/orderly-close.ts";
import type { Activity, ChannelsReport, Lease, ProtectedChannel } from "./core/report.ts";

/** What every heartbeat of this life says alike. */
export interface Identity {
  readonly serverId: string;
  readonly group: string;
  readonly lifeId: string;
  readonly host: string;
  readonly protection: "lease" | "none";
  readonly intervalMs: number;
}

const wireActivities: Readonly<Record<Activity, WireActivity>> = {
  stopped: WireActivity.ACTIVITY_STOPPED,
  starting: WireActivity.ACTIVITY_STARTING,
  started: WireActivity.ACTIVITY_STARTED,
  stopping: WireActivity.ACTIVITY_STOPPING,
  restarting: WireActivity.ACTIVITY_RESTARTING,
  failed: WireActivity.ACTIVITY_FAILED,
};

// An activity that this version does not know may have a process: it must not pass for stopped.
const activities = new Map<WireActivity, Activity>([
  [WireActivity.ACTIVITY_STOPPED, "stopped"],
  [WireActivity.ACTIVITY_STARTING, "starting"],
  [WireActivity.ACTIVITY_STARTED, "started"],
  [WireActivity.ACTIVITY_STOPPING, "stopping"],
  [WireActivity.ACTIVITY_RESTARTING, "restarting"],
  [WireActivity.ACTIVITY_FAILED, "failed"],
]);
const unknownActivity: Activity = "stopping";

const views = new Map<ServerState, string>([
  [ServerState.SERVER_STATE_WAITING, "WAITING"],
  [ServerState.SERVER_STATE_LIVE, "LIVE"],
  [ServerState.SERVER_STATE_DEAD, "DEAD"],
  [ServerState.SERVER_STATE_CLOSED, "CLOSED"],
]);

/** Makes the messages of heartbeats. What never differs is converted once. */
export function createHeartbeatWriter(
  identity: Identity,
): (content: HeartbeatContent) => StreamHeartbeatsRequest {
  const { serverId, group, lifeId, host } = identity;
  const interval = toDuration(identity.intervalMs);
  const protection =
    identity.protection === "lease" ? Protection.PROTECTION_LEASE : Protection.PROTECTION_NONE;
  return ({ sequence, acknowledged, knowledge, unfitBecause, roundTripMs }) => {
    const value = {
      serverId,
      group,
      lifeId,
      holder: knowledge.report?.holder ?? "",
      sequence: BigInt(sequence),
      acknowledged: BigInt(acknowledged),
      interval,
      lease: writeLeaseReport(knowledge),
      channels: knowledge.report?.channels.map(writeChannel) ?? [],
      channelsAnswering: knowledge.isAnswering,
      unfitBecause,
      protection,
      host,
      roundTrip: roundTripMs === undefined ? undefined : toDuration(roundTripMs),
    };
    return { message: { $case: "heartbeat", value } };
  };
}

export function writeClose(close: {
  sequence: number;
  actor: Actor;
  confirmedStopped: boolean;
}): StreamHeartbeatsRequest {
  const value = { ...close, sequence: BigInt(close.sequence) };
  return { message: { $case: "close", value } };
}

/**
 * Grants without an order, with an unknown decision or with a length that is no length are left
 * out.
 */
export function readAnswer(message: StreamHeartbeatsResponse): Answer {
  return {
    sequence: Number(message.sequence),
    view: views.get(message.state) ?? "",
    unfitBecause: message.unfitBecause,
    grants: message.grants.map(readGrant).filter((each) => each !== undefined),
  };
}

function readGrant({ order, decision }: WireGrant): Grant | undefined {
  if (order === undefined || decision === undefined) return undefined;
  switch (decision.$case) {
    case "lease": {
      const lengthMs = toMilliseconds(decision.value);
      return lengthMs > 0 ? { order, decision: { kind: "lease", lengthMs } } : undefined;
    }
    case "nothing": {
      const overrideMs = toMilliseconds(decision.value.overrideFor);
      return { order, decision: { kind: "nothing", overrideMs } };
    }
    case "withdraw":
      return { order, decision: { kind: "withdraw", because: decision.value.because } };
  }
}

export function writeDecision(
  decision: Decision,
  sender: {
    readonly serverId: string;
    readonly bootId: string;
    readonly monitorUntilBootMs: number | undefined;
  },
): RenewLeaseRequest {
  const { monitorUntilBootMs: untilMs } = sender;
  const order = decision.kind === "probe" ? undefined : decision.order;
  return {
    order,
    bootId: sender.bootId,
    streamSerial: BigInt(decision.serial),
    decision: writeDecisionCase(decision),
    serverId: sender.serverId,
    monitorUntil: untilMs === undefined ? undefined : toDuration(untilMs),
  };
}

function writeDecisionCase(decision: Decision): RenewLeaseRequest["decision"] {
  switch (decision.kind) {
    case "probe":
      return { $case: "probe", value: {} };
    case "withdraw":
      return { $case: "withdraw", value: { because: oneLine(decision.because) } };
    case "renew":
      return { $case: "deadline", value: toDuration(decision.deadlineBootMs) };
    case "cut":
      return { $case: "cut", value: toDuration(decision.deadlineBootMs) };
    case "contact": {
      const { overrideUntilBootMs: untilMs } = decision;
      const overrideUntil = untilMs === undefined ? undefined : toDuration(untilMs);
      return { $case: "contact", value: { overrideUntil } };
    }
  }
}

// A withdraw must not fail because a monitor is wordy.
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").slice(0, 1024);
}

/** Undefined: the answer has no report. */
export function readReport(response: RenewLeaseResponse): ChannelsReport | undefined {
  const { report, refusedBecause, channels, holder } = response;
  const lease = readLease(report?.state);
  if (report === undefined || lease === undefined) return undefined;
  return {
    highest: report.highest,
    lease,
    channels: channels.map(readChannel),
    holder,
    refusedBecause,
  };
}

function readLease(state: WireLeaseReport["state"]): Lease | undefined {
  switch (state?.$case) {
    case "none":
      return { kind: "none" };
    case "held": {
      const { term, journalId, timeLeft } = state.value;
      return { kind: "held", term, journalId, timeLeftMs: toMilliseconds(timeLeft) ?? 0 };
    }
    case "ended":
      return { kind: "ended", ...state.value };
    case "override":
      return readOverride(state.value);
    case undefined:
      return undefined;
  }
}

function readOverride(value: OverriddenLease): Lease {
  const { term, journalId, actor, since, timeLeft } = value;
  return {
    kind: "override",
    term,
    journalId,
    actor: { name: actor?.name ?? "", reason: actor?.reason ?? "" },
    sinceWallMs: since?.getTime() ?? 0,
    timeLeftMs: toMilliseconds(timeLeft),
  };
}

function readChannel({ name, activity, term, digest }: WireProtectedChannel): ProtectedChannel {
  return { name, activity: activities.get(activity) ?? unknownActivity, term, digest };
}

function writeChannel({ name, activity, term, digest }: ProtectedChannel): WireProtectedChannel {
  return { name, activity: wireActivities[activity], term, digest };
}

// Only what the channels service has said: with the order of a grant that it has not seen yet, its
// last report would confirm STOPPED under a term whose withdraw still waits behind a renewal that
// starts the channels (5.6).
function writeLeaseReport({ report }: Knowledge): WireLeaseReport | undefined {
  if (report === undefined) return undefined;
  return { highest: report.highest, state: writeLease(report.lease) };
}

export function writeLease(lease: Lease): WireLeaseReport["state"] {
  switch (lease.kind) {
    case "none":
      return { $case: "none", value: {} };
    case "held": {
      const { term, journalId, timeLeftMs } = lease;
      return { $case: "held", value: { term, journalId, timeLeft: toDuration(timeLeftMs) } };
    }
    case "ended":
      return { $case: "ended", value: lease };
    case "override": {
      const { term, journalId, actor, timeLeftMs: leftMs } = lease;
      const timeLeft = leftMs === undefined ? undefined : toDuration(leftMs);
      const since = new Date(lease.sinceWallMs);
      return { $case: "override", value: { term, journalId, actor, since, timeLeft } };
    }
  }
}

// The only place where the generated types of the contract and the types of the core meet.

import {
  Activation as WireActivation,
  Activity as WireActivity,
  type Channel as WireChannel,
  type ChannelDefinition,
  type ChannelResult,
  type LogLine as WireLogLine,
  type OverrideRecord as WireOverrideRecord,
  type ProtectedChannel,
  type Readiness as WireReadiness,
  type RenewLeaseRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type { Order as WireOrder } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { toDuration, toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { Activation, Activity, Channel } from "./core/channel-state.ts";
import {
  defaults,
  type Definition,
  type Readiness,
  type ReadinessCheck,
} from "./core/definition.ts";
import type { LeaseDecision } from "./core/lease.ts";
import type { Order } from "./core/orders.ts";
import type { Override, OverrideRecord } from "./core/override.ts";
import type { State } from "./core/state.ts";
import { shortDigest } from "./digest.ts";
import type { LogLine } from "./ports.ts";
import { tellDefinition, type Telling } from "./telling.ts";

const activities: Readonly<Record<Activity, WireActivity>> = {
  stopped: WireActivity.ACTIVITY_STOPPED,
  starting: WireActivity.ACTIVITY_STARTING,
  started: WireActivity.ACTIVITY_STARTED,
  stopping: WireActivity.ACTIVITY_STOPPING,
  restarting: WireActivity.ACTIVITY_RESTARTING,
  failed: WireActivity.ACTIVITY_FAILED,
};

/** A channel as the contract shows it. */
export function toWireChannel(channel: Channel, telling: Telling): WireChannel {
  const { lastFailure, activation, override } = channel;
  return {
    definition: toWireDefinition(tellDefinition(channel.definition, telling)),
    activity: activities[channel.activity],
    activation:
      activation === "active"
        ? WireActivation.ACTIVATION_ACTIVE
        : WireActivation.ACTIVATION_INACTIVE,
    order: channel.runOrder,
    changedAt: new Date(channel.changedAtMs),
    because: channel.because,
    restarts: channel.restarts,
    lastFailure: lastFailure && {
      at: new Date(lastFailure.wallMs),
      reason: lastFailure.reason,
      lastLines: lastFailure.lastLines,
    },
    digest: channel.digest,
    pid: channel.pid,
    asOf: new Date(telling.wallMs),
    serverId: telling.serverId,
    override: override && { actor: override.actor, since: new Date(override.sinceWallMs) },
  };
}

/** A channel as a heartbeat carries it. */
export function toProtectedChannel(channel: Channel): ProtectedChannel {
  const { definition, activity, runOrder } = channel;
  return {
    name: definition.name,
    activity: activities[activity],
    term: runOrder?.term ?? 0n,
    digest: shortDigest(channel.digest),
  };
}

/** An override in the history, as the contract shows it. */
export function toWireOverride(record: OverrideRecord): WireOverrideRecord {
  const { sinceWallMs, endedWallMs } = record;
  const endedAt = endedWallMs === undefined ? undefined : new Date(endedWallMs);
  return { ...record, since: new Date(sinceWallMs), endedAt };
}

/** The lease report of a server at an instant since boot. Only an override can be another's. */
export function toLeaseReport(state: State, serverId: string, bootMs: number): LeaseReport {
  const highest = state.orders.get(serverId);
  const override = state.overrides.get(serverId);
  if (override !== undefined) return { highest, state: toOverridden(override, bootMs) };
  const lease = serverId === state.settings.serverId ? state.lease : undefined;
  if (lease === undefined || lease.state === "none") {
    return { highest, state: { $case: "none", value: {} } };
  }
  const { term, journalId } = lease.order;
  if (lease.state === "ended") {
    const value = { term, journalId, because: lease.because };
    return { highest, state: { $case: "ended", value } };
  }
  const timeLeft = toDuration(Math.max(0, lease.deadlineMs - bootMs));
  return { highest, state: { $case: "held", value: { term, journalId, timeLeft } } };
}

function toOverridden({ record, deadlineMs }: Override, bootMs: number): LeaseReport["state"] {
  const { actor, sinceWallMs, order: { term, journalId } = { term: 0n, journalId: "" } } = record;
  const leftMs = deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - bootMs);
  const timeLeft = leftMs === undefined ? undefined : toDuration(leftMs);
  const since = new Date(sinceWallMs);
  return { $case: "override", value: { term, journalId, actor, since, timeLeft } };
}

/** The outcome of a start or stop for one channel. */
export function toChannelResult(result: {
  name: string;
  channel: Channel | undefined;
  failure: { reason: string; error: string; lastLines: readonly string[] } | undefined;
}): ChannelResult {
  const { name, channel, failure } = result;
  return {
    name,
    activity: channel === undefined ? WireActivity.ACTIVITY_STOPPED : activities[channel.activity],
    ok: failure === undefined,
    error: failure?.error ?? "",
    reason: failure?.reason ?? "",
    lastLines: failure?.lastLines ?? [],
  };
}

export function toWireLogLine({ atMs, source, text }: LogLine): WireLogLine {
  return { at: new Date(atMs), source, text };
}

/** Undefined for a value that the contract does not know. */
export function fromWireActivation(activation: WireActivation): Activation | undefined {
  if (activation === WireActivation.ACTIVATION_ACTIVE) return "active";
  return activation === WireActivation.ACTIVATION_INACTIVE ? "inactive" : undefined;
}

/** An order as the core knows it; undefined where there is none. */
export function fromWireOrder(order: WireOrder | undefined): Order | undefined {
  if (order === undefined) return undefined;
  return { serverId: order.serverId, term: order.term, journalId: order.journalId };
}

/** A decision as the core knows it; undefined when it lacks what its kind needs. */
export function fromWireDecision(request: RenewLeaseRequest): LeaseDecision | undefined {
  const { decision } = request;
  const order = fromWireOrder(request.order);
  switch (decision?.$case) {
    case undefined:
      return undefined;
    case "probe":
      return { kind: "probe" };
    case "cut":
      return { kind: "cut", deadlineMs: toMilliseconds(decision.value) };
    case "contact":
      return { kind: "contact", order, deadlineMs: toMilliseconds(decision.value.overrideUntil) };
    case "deadline":
      return order && { kind: "deadline", order, deadlineMs: toMilliseconds(decision.value) };
    case "withdraw": {
      const because = decision.value.because || "The monitor took the lease back";
      return order && { kind: "withdraw", order, because };
    }
  }
}

/**
 * A definition with every default filled in, not yet checked. Undefined when it names no runtime.
 */
export function fromWireDefinition(definition: ChannelDefinition): Definition | undefined {
  const { runtime, readiness, stop, restart } = definition;
  if (runtime === undefined) return undefined;
  const { command, environment, workingDirectory, user } = runtime.value;
  return {
    name: definition.name,
    protectedBy: definition.protectedBy === "" ? undefined : definition.protectedBy,
    runtime: { kind: runtime.$case, command, environment, workingDirectory, user },
    readiness: fromWireReadiness(readiness),
    stop: {
      signal: stop === undefined || stop.signal === "" ? defaults.stop.signal : stop.signal,
      timeoutMs: toMilliseconds(stop?.timeout) ?? defaults.stop.timeoutMs,
    },
    restart: {
      attemptsMax: restart?.attemptsMax ?? defaults.restart.attemptsMax,
      backoffMs: toMilliseconds(restart?.backoff) ?? defaults.restart.backoffMs,
      backoffMaxMs: toMilliseconds(restart?.backoffMax) ?? defaults.restart.backoffMaxMs,
      stableAfterMs: toMilliseconds(restart?.stableAfter) ?? defaults.restart.stableAfterMs,
    },
  };
}

function fromWireReadiness(readiness: WireReadiness | undefined): Readiness {
  return {
    check: fromWireCheck(readiness?.check),
    timeoutMs: toMilliseconds(readiness?.timeout) ?? defaults.readiness.timeoutMs,
    intervalMs: toMilliseconds(readiness?.interval) ?? defaults.readiness.intervalMs,
  };
}

function fromWireCheck(check: WireReadiness["check"]): ReadinessCheck {
  switch (check?.$case) {
    case undefined:
      return { kind: "none" };
    case "tcp":
      return { kind: "tcp", address: check.value.address };
    case "http":
      return { kind: "http", url: check.value.url };
    case "command":
      return { kind: "command", command: check.value.command };
  }
}

function toWireDefinition(definition: Definition): ChannelDefinition {
  const { runtime, readiness, stop, restart } = definition;
  const { command, environment, workingDirectory, user } = runtime;
  return {
    name: definition.name,
    protectedBy: definition.protectedBy ?? "",
    runtime: {
      $case: "process",
      value: { command, environment: { ...environment }, workingDirectory, user },
    },
    readiness: {
      check: toWireCheck(readiness.check),
      timeout: toDuration(readiness.timeoutMs),
      interval: toDuration(readiness.intervalMs),
    },
    stop: { signal: stop.signal, timeout: toDuration(stop.timeoutMs) },
    restart: {
      attemptsMax: restart.attemptsMax,
      backoff: toDuration(restart.backoffMs),
      backoffMax: toDuration(restart.backoffMaxMs),
      stableAfter: toDuration(restart.stableAfterMs),
    },
  };
}

function toWireCheck(check: ReadinessCheck): WireReadiness["check"] {
  switch (check.kind) {
    case "none":
      return undefined;
    case "tcp":
      return { $case: "tcp", value: { address: check.address } };
    case "http":
      return { $case: "http", value: { url: check.url } };
    case "command":
      return { $case: "command", value: { command: check.command } };
  }
}

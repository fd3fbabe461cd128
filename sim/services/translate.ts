// What one core says in the words of the next, as the contracts carry it between them: convert.ts
// of each service without the messages in between. The contracts' tests watch the messages
// themselves.

import type { ChannelOutcome } from "../../services/monitor/src/core/run-record.ts";
import type { Heard } from "../../services/monitor/src/core/heard.ts";
import type { Channel } from "../../services/channels/src/core/channel-state.ts";
import type { Outcome } from "../../services/channels/src/core/outcome.ts";
import type { LeaseDecision } from "../../services/channels/src/core/lease.ts";
import type { Override } from "../../services/channels/src/core/override.ts";
import type { ChannelRefusal } from "../../services/channels/src/core/state.ts";
import type { News } from "../../services/channels/src/loop.ts";
import type { HeartbeatContent } from "../../services/heartbeat/src/core/beat-state.ts";
import type { Decision } from "../../services/heartbeat/src/core/decisions.ts";
import { type ChannelsReport, isAllStopped } from "../../services/heartbeat/src/core/report.ts";
import type { ChannelsHost } from "./channels-host.ts";

/** A decision of the heartbeat service as news for the channels service: RenewLease. */
export function toLeaseDecided(
  decision: Decision,
  monitorUntilMs: number | undefined,
): Extract<News, { type: "lease_decided" }> {
  const streamSerial = BigInt(Math.floor(decision.serial));
  const told = toLeaseDecision(decision);
  return { type: "lease_decided", streamSerial, monitorUntilMs, decision: told };
}

function toLeaseDecision(decision: Decision): LeaseDecision {
  switch (decision.kind) {
    case "probe":
      return { kind: "probe" };
    case "cut":
      return { kind: "cut", deadlineMs: decision.deadlineBootMs };
    case "contact":
      return {
        kind: "contact",
        order: decision.order,
        deadlineMs: decision.overrideUntilBootMs,
      };
    case "withdraw":
      return { kind: "withdraw", order: decision.order, because: decision.because };
    case "renew":
      return { kind: "deadline", order: decision.order, deadlineMs: decision.deadlineBootMs };
  }
}

/** The answer to RenewLease. */
export function reportOf(host: ChannelsHost, refusedBecause: string): ChannelsReport {
  const { serverId } = host.settings;
  const { orders, lease, channels } = host.state();
  const own: ChannelsReport["channels"][number][] = [];
  for (const { definition, activity, order, digest } of channels.values()) {
    if (definition.protectedBy !== serverId) continue;
    own.push({ name: definition.name, activity, term: order?.term ?? 0n, digest });
  }
  return {
    highest: orders.get(serverId),
    lease: toLease(host, lease),
    channels: own,
    holder: host.holder,
    refusedBecause,
  };
}

function toLease(
  host: ChannelsHost,
  lease: ReturnType<ChannelsHost["state"]>["lease"],
): ChannelsReport["lease"] {
  const bootMs = host.process.machine.bootMs();
  const override = host.current().overrides.get(host.settings.serverId);
  if (override !== undefined) return toOverride(override, bootMs);
  switch (lease.state) {
    case "none":
      return { kind: "none" };
    case "held": {
      const { term, journalId } = lease.order;
      const timeLeftMs = Math.max(0, lease.deadlineMs - bootMs);
      return { kind: "held", term, journalId, timeLeftMs };
    }
    case "ended": {
      const { term, journalId } = lease.order;
      return { kind: "ended", term, journalId, because: lease.because };
    }
  }
}

function toOverride({ record, deadlineMs }: Override, bootMs: number): ChannelsReport["lease"] {
  const { actor, order, sinceWallMs } = record;
  const { term, journalId } = order ?? { term: 0n, journalId: "" };
  const timeLeftMs = deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - bootMs);
  return { kind: "override", term, journalId, actor, sinceWallMs, timeLeftMs };
}

/** A heartbeat as the monitor judges it. */
export function fillHeard(
  heard: Heard,
  content: HeartbeatContent,
  given: { journalId: string; host: string },
): void {
  const { knowledge } = content;
  const { report } = knowledge;
  const highest = knowledge.report?.highest;
  const lease = report?.lease ?? { kind: "none" };
  heard.sequence = content.sequence;
  heard.acknowledged = content.acknowledged;
  heard.isChannelsAnswering = knowledge.isAnswering;
  heard.unfitBecause = content.unfitBecause;
  heard.holder = report?.holder ?? "";
  heard.host = given.host;
  heard.highestTerm = highest?.term ?? 0n;
  heard.isHighestOfThisJournal = highest?.journalId === given.journalId;
  heard.lease = lease.kind;
  heard.leaseLeftMs = lease.kind === "held" ? lease.timeLeftMs : 0;
  heard.override = lease.kind === "override" ? lease.actor : undefined;
  heard.leaseTerm = lease.kind === "none" ? 0n : lease.term;
  heard.isLeaseOfThisJournal = lease.kind !== "none" && lease.journalId === given.journalId;
  heard.areChannelsStopped = report === undefined || isAllStopped(report);
}

/** What a channel does, in the words of the monitor. */
export function activityName({ activity }: Channel): string {
  return activity.toUpperCase();
}

/** How an order ended for one channel. */
export function toOutcome(
  name: string,
  channel: Channel | undefined,
  ended: Outcome | { readonly ok: false; readonly error: ChannelRefusal },
): ChannelOutcome {
  const activity = channel === undefined ? "STOPPED" : activityName(channel);
  return {
    name,
    activity,
    isOk: ended.ok,
    error: ended.ok ? "" : ended.error,
    lastLines: [],
  };
}

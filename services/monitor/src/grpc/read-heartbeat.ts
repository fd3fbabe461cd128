// Reads heartbeats: compares what both sides are configured to be, and fills the record that the
// core judges.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { type Actor, Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Heard } from "../core/heard.ts";

/** Fills `heard` from a heartbeat that keeps the rules of heartbeat-rules.ts. */
export function readHeartbeat(heartbeat: Heartbeat, heard: Heard, journalId: string): void {
  const { lease } = heartbeat;
  heard.sequence = Number(heartbeat.sequence);
  heard.acknowledged = Number(heartbeat.acknowledged);
  heard.isChannelsAnswering = heartbeat.channelsAnswering;
  heard.unfitBecause = heartbeat.unfitBecause;
  // What is equal is not taken over, so that nothing of a message outlives it (last-heartbeats.ts).
  if (heard.holder !== heartbeat.holder) heard.holder = heartbeat.holder;
  if (heard.host !== heartbeat.host) heard.host = heartbeat.host;
  const highestTerm = lease?.highest?.term ?? 0n;
  if (heard.highestTerm !== highestTerm) heard.highestTerm = highestTerm;
  heard.isHighestOfThisJournal = lease?.highest?.journalId === journalId;
  const state = lease?.state;
  if (state === undefined || state.$case === "none") {
    heard.lease = "none";
    heard.leaseTerm = 0n;
    heard.isLeaseOfThisJournal = false;
  } else {
    heard.lease = state.$case;
    if (heard.leaseTerm !== state.value.term) heard.leaseTerm = state.value.term;
    heard.isLeaseOfThisJournal = state.value.journalId === journalId;
  }
  heard.override = state?.$case === "override" ? readActor(state.value.actor) : undefined;
  heard.leaseLeftMs = state?.$case === "held" ? (toMilliseconds(state.value.timeLeft) ?? 0) : 0;
  heard.areChannelsStopped = areStopped(heartbeat);
}

function readActor(actor: Actor | undefined): Heard["override"] {
  return { name: actor?.name ?? "", reason: actor?.reason ?? "" };
}

/** What must be the same on both sides. Throws a Failure. */
export function checkAgreement(
  heartbeat: Heartbeat,
  expected: { group: string; protection: "lease" | "none" },
): void {
  const { serverId, group } = heartbeat;
  if (group !== expected.group) {
    throw new Failure("refused", {
      message: `${cannotTake(serverId)}: its group is "${group}", not "${expected.group}"`,
      reason: "OTHER_GROUP",
    });
  }
  const protection =
    expected.protection === "lease" ? Protection.PROTECTION_LEASE : Protection.PROTECTION_NONE;
  if (heartbeat.protection !== protection) {
    throw new Failure("refused", {
      message: `${cannotTake(serverId)}: the monitor expects protection "${expected.protection}"`,
      reason: "OTHER_PROTECTION",
    });
  }
}

function cannotTake(serverId: string): string {
  return `Cannot take heartbeats of server "${serverId}"`;
}

function areStopped(heartbeat: Heartbeat): boolean {
  for (const { activity } of heartbeat.channels) {
    const isStopped =
      activity === Activity.ACTIVITY_STOPPED || activity === Activity.ACTIVITY_FAILED;
    if (!isStopped) return false;
  }
  return true;
}

// Reads heartbeats: checks what a server says, and fills the record that the core judges.

import { Failure, invalidInput, type Violation } from "@hot-backup/kit/errors.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Heard } from "../core/liveness.ts";

/** Terms above this would come near the end of uint64, and no server has reason to know one. */
const termMax = 2n ** 62n;

/** Longest text that a server may say of itself: host, holder, reason. */
const textMax = 255;

/** A record to be filled by readHeartbeat, again and again. */
export function newHeard(): Heard {
  return {
    sequence: 0,
    acknowledged: 0,
    isChannelsAnswering: false,
    unfitBecause: "",
    lease: "none",
    leaseTerm: 0n,
    isLeaseOfThisJournal: false,
    highestTerm: 0n,
    isHighestOfThisJournal: false,
    areChannelsStopped: false,
    holder: "",
    host: "",
  };
}

/** Fills `heard` from a heartbeat. Returns what is wrong with it, or undefined. */
export function readHeartbeat(
  heartbeat: Heartbeat,
  heard: Heard,
  journalId: string,
): Failure | undefined {
  const { lease } = heartbeat;
  const sequence = Number(heartbeat.sequence);
  if (!isPlausible(heartbeat, sequence, heard.sequence)) {
    return invalidInput(findViolations(heartbeat, heard.sequence));
  }
  heard.sequence = sequence;
  heard.acknowledged = Number(heartbeat.acknowledged);
  heard.isChannelsAnswering = heartbeat.channelsAnswering;
  heard.unfitBecause = heartbeat.unfitBecause;
  heard.holder = heartbeat.holder;
  heard.host = heartbeat.host;
  heard.highestTerm = lease?.highest?.term ?? 0n;
  heard.isHighestOfThisJournal = lease?.highest?.journalId === journalId;
  const state = lease?.state;
  if (state === undefined || state.$case === "none") {
    heard.lease = "none";
    heard.leaseTerm = 0n;
    heard.isLeaseOfThisJournal = false;
  } else {
    heard.lease = state.$case;
    heard.leaseTerm = state.value.term;
    heard.isLeaseOfThisJournal = state.value.journalId === journalId;
  }
  heard.areChannelsStopped = areStopped(heartbeat);
  return undefined;
}

/** What must be the same on both sides before a stream is taken. Throws a Failure. */
export function checkFirst(
  heartbeat: Heartbeat,
  expected: { group: string; protection: "lease" | "none" },
): void {
  const of = `Cannot take heartbeats of server "${heartbeat.serverId}"`;
  if (heartbeat.group !== expected.group) {
    throw new Failure("refused", {
      message: `${of}: its group is "${heartbeat.group}", the monitor's is "${expected.group}"`,
      reason: "OTHER_GROUP",
    });
  }
  const protection =
    expected.protection === "lease" ? Protection.PROTECTION_LEASE : Protection.PROTECTION_NONE;
  if (heartbeat.protection !== protection) {
    throw new Failure("refused", {
      message: `${of}: the monitor expects protection "${expected.protection}", the server another`,
      reason: "OTHER_PROTECTION",
    });
  }
}

function areStopped(heartbeat: Heartbeat): boolean {
  for (const { activity } of heartbeat.channels) {
    const isStopped =
      activity === Activity.ACTIVITY_STOPPED || activity === Activity.ACTIVITY_FAILED;
    if (!isStopped) return false;
  }
  return true;
}

function isPlausible(heartbeat: Heartbeat, sequence: number, before: number): boolean {
  return (
    sequence > before &&
    Number.isSafeInteger(sequence) &&
    heartbeat.acknowledged < heartbeat.sequence &&
    heartbeat.holder.length <= textMax &&
    heartbeat.host.length <= textMax &&
    heartbeat.unfitBecause.length <= textMax &&
    (heartbeat.lease?.highest?.term ?? 0n) <= termMax
  );
}

function findViolations(heartbeat: Heartbeat, before: number): readonly Violation[] {
  const rules: readonly (readonly [field: string, isKept: boolean, description: string])[] = [
    [
      "sequence",
      Number(heartbeat.sequence) > before && Number.isSafeInteger(Number(heartbeat.sequence)),
      `must rise: the last one was ${before}`,
    ],
    [
      "acknowledged",
      heartbeat.acknowledged < heartbeat.sequence,
      "must be lower than the sequence",
    ],
    ["holder", heartbeat.holder.length <= textMax, `must have at most ${textMax} characters`],
    ["host", heartbeat.host.length <= textMax, `must have at most ${textMax} characters`],
    [
      "unfit_because",
      heartbeat.unfitBecause.length <= textMax,
      `must have at most ${textMax} characters`,
    ],
    [
      "lease.highest.term",
      (heartbeat.lease?.highest?.term ?? 0n) <= termMax,
      `must be at most ${termMax}`,
    ],
  ];
  return rules
    .filter(([, isKept]) => !isKept)
    .map(([field, , description]) => ({ field: `heartbeat.${field}`, description }));
}

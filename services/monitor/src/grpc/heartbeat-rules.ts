// What a heartbeat or a close must be like to be taken, as rules with the field that each is about.
// They run for every heartbeat: nothing is allocated unless one of them is broken.

import { channelNamePattern, serverIdPattern } from "@hot-backup/kit/config-fields.ts";
import { invalidInput, type Failure } from "@hot-backup/kit/errors.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import type { OverriddenLease } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type { Close, Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { isCredible, termMax } from "../core/term.ts";
import { actorNameMax, actorReasonMax, isDuration, isLine } from "./request-fields.ts";

/** Sequences are numbers of the core. */
const sequenceMax = BigInt(Number.MAX_SAFE_INTEGER);

/** Longest text that a server may say of itself: life, host, holder, reason. */
const textMax = 255;

/** As many names as one order can hold. */
const channelsMax = 1000;

/** Older services tell none. */
const digestPattern = /^[0-9a-f]{0,64}$/;

/** No honest interval comes near. */
const intervalSecondsMax = 3600n;

/**
 * A stream so far. Of its heartbeats the first one only, because keeping each until the next one
 * comes would cost more than all rules together.
 */
interface Begun {
  readonly first: Heartbeat;
  readonly heard: { readonly sequence: number };
}

/** A rule over a message and its stream. Absent: it is the first message. */
interface Rule<Message> {
  readonly field: string;
  readonly description: string;
  /** `knownTerm`: of the server, as the monitor has it. */
  isKept(message: Message, begun: Begun | undefined, knownTerm: bigint): boolean;
}

const heartbeatRules: readonly Rule<Heartbeat>[] = [
  {
    field: "heartbeat.server_id",
    description: "must be a server id, the same on the whole stream",
    isKept: ({ serverId }, begun) =>
      begun === undefined ? serverIdPattern.test(serverId) : serverId === begun.first.serverId,
  },
  textRule("life_id", (heartbeat) => heartbeat?.lifeId),
  textRule("holder", (heartbeat) => heartbeat?.holder),
  {
    field: "heartbeat.sequence",
    description: `must rise with every message of the stream, to at most ${sequenceMax}`,
    isKept: ({ sequence }, begun) => isNext(sequence, begun) && sequence <= sequenceMax,
  },
  {
    field: "heartbeat.acknowledged",
    description: "must be lower than the sequence",
    isKept: ({ acknowledged, sequence }) => acknowledged < sequence,
  },
  {
    field: "heartbeat.interval",
    description: `must be a duration of more than 0 s and at most ${intervalSecondsMax} s`,
    isKept: ({ interval }) =>
      interval === undefined || (isDuration(interval) && isShort(interval) && !isZero(interval)),
  },
  {
    field: "heartbeat.round_trip",
    description: `must be a duration from 0 s to ${intervalSecondsMax} s`,
    isKept: ({ roundTrip }) =>
      roundTrip === undefined || (isDuration(roundTrip) && isShort(roundTrip)),
  },
  {
    field: "heartbeat.lease",
    description: `must have terms of at most ${termMax}, and a time left that is a duration`,
    isKept: ({ lease }, _begun, knownTerm) => isLeaseSound(lease, knownTerm),
  },
  {
    field: "heartbeat.channels",
    description:
      `must be at most ${channelsMax}, with channel names, terms to ${termMax} ` +
      "and digests in hex",
    isKept: areChannelsSound,
  },
  textRule("unfit_because", (heartbeat) => heartbeat?.unfitBecause),
  textRule("host", (heartbeat) => heartbeat?.host),
];

const closeRules: readonly Rule<Close>[] = [
  {
    field: "close.actor.name",
    description: `must be one line of at most ${actorNameMax} characters`,
    isKept: ({ actor }) => isLine(actor?.name ?? "", actorNameMax),
  },
  {
    field: "close.actor.reason",
    description: `must be one line of at most ${actorReasonMax} characters`,
    isKept: ({ actor }) => isLine(actor?.reason ?? "", actorReasonMax),
  },
  {
    field: "close.sequence",
    description: "must be higher than that of the last heartbeat",
    isKept: ({ sequence }, begun) => isNext(sequence, begun),
  },
];

/**
 * Why a heartbeat cannot be taken on its stream, or undefined. Its terms are judged by the one that
 * the monitor knows of the server, since a higher one that is taken for true is gone above.
 */
export function findFault(heartbeat: Heartbeat, begun: Begun | undefined, knownTerm: bigint) {
  return firstFault(heartbeatRules, heartbeat, { begun, knownTerm });
}

/** Why a close cannot be taken on its stream, or undefined. */
export function findCloseFault(close: Close, begun: Begun) {
  return firstFault(closeRules, close, { begun, knownTerm: 0n });
}

function firstFault<Message>(
  rules: readonly Rule<Message>[],
  message: Message,
  { begun, knownTerm }: { begun: Begun | undefined; knownTerm: bigint },
): Failure | undefined {
  for (const rule of rules) {
    if (!rule.isKept(message, begun, knownTerm)) {
      return invalidInput(rules.filter((each) => !each.isKept(message, begun, knownTerm)));
    }
  }
  return undefined;
}

function isShort({ seconds, nanos }: Duration): boolean {
  if (seconds < 0n || nanos < 0) return false;
  return seconds < intervalSecondsMax || (seconds === intervalSecondsMax && nanos === 0);
}

function isZero({ seconds, nanos }: Duration): boolean {
  return seconds === 0n && nanos === 0;
}

function isNext(sequence: bigint, begun: Begun | undefined): boolean {
  return Number(sequence) > (begun?.heard.sequence ?? 0);
}

// What a server says of itself hardly ever changes: it is looked through when it does.
function textRule(
  field: string,
  read: (heartbeat: Heartbeat | undefined) => string | undefined,
): Rule<Heartbeat> {
  return {
    field: `heartbeat.${field}`,
    description: `must be one line of at most ${textMax} characters`,
    isKept: (heartbeat, begun) => {
      const text = read(heartbeat) ?? "";
      return text === read(begun?.first) || isLine(text, textMax);
    },
  };
}

function isLeaseSound(lease: Heartbeat["lease"], knownTerm: bigint): boolean {
  if (lease === undefined) return true;
  if (!isCredible(lease.highest?.term ?? 0n, knownTerm)) return false;
  const { state } = lease;
  if (state === undefined || state.$case === "none") return true;
  if (!isCredible(state.value.term, knownTerm)) return false;
  if (state.$case === "ended") return true;
  if (state.$case === "held") return isDuration(state.value.timeLeft);
  return isOverrideSound(state.value);
}

function isOverrideSound({ actor, timeLeft }: OverriddenLease): boolean {
  const isNamed = isLine(actor?.name ?? "", actorNameMax);
  const isReasoned = isLine(actor?.reason ?? "", actorReasonMax);
  return isNamed && isReasoned && (timeLeft === undefined || isDuration(timeLeft));
}

function areChannelsSound(
  { channels }: Heartbeat,
  begun: Begun | undefined,
  knownTerm: bigint,
): boolean {
  if (channels.length > channelsMax) return false;
  for (let index = 0; index < channels.length; index += 1) {
    const { name = "", term = 0n, digest = "" } = channels[index] ?? {};
    if (!isCredible(term, knownTerm)) return false;
    const first = begun?.first.channels[index];
    if (name !== first?.name && !channelNamePattern.test(name)) return false;
    if (digest !== first?.digest && !digestPattern.test(digest)) return false;
  }
  return true;
}

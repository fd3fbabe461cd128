// Arguments and options that several commands share, each checked once, here.

import { pageSizeMax } from "@hot-backup/client/pages.ts";
import {
  channelNameOrPrefixPattern,
  duration,
  serverIdPattern,
} from "@hot-backup/kit/config-fields.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { InvalidArgumentError, Option } from "commander";

const hourMs = 3_600_000;
const span = duration({ minMs: 1000, maxMs: 30 * 24 * hourMs });

export function parseServer(text: string): string {
  if (serverIdPattern.test(text)) return text;
  throw new InvalidArgumentError("It must be a server id: 1 to 63 characters of a-z, 0-9 and -.");
}

export function parseChannels(text: string, before: readonly string[] = []): readonly string[] {
  if (channelNameOrPrefixPattern.test(text)) return [...before, text];
  throw new InvalidArgumentError(
    'It must be the name of a channel, or a prefix such as "orders*".',
  );
}

export function parseSignal(text: string): Signal {
  switch (text.toUpperCase()) {
    case "LIVE":
      return Signal.SIGNAL_LIVE;
    case "DEAD":
      return Signal.SIGNAL_DEAD;
    case "CLOSE":
    case "STOP":
      return Signal.SIGNAL_CLOSE;
    default:
      throw new InvalidArgumentError("It must be LIVE, DEAD or CLOSE.");
  }
}

/** The id of a signal, as `signals` prints it. */
export function parseSignalId(text: string): bigint {
  if (/^[1-9]\d{0,18}$/.test(text) && BigInt(text) < 2n ** 63n) return BigInt(text);
  throw new InvalidArgumentError("It must be the number of a signal: hot-backup signals.");
}

export function parseSpan(text: string): Duration {
  const { data, error } = span.safeParse(text);
  if (data !== undefined) return toDuration(data);
  throw new InvalidArgumentError(`It ${error?.issues[0]?.message ?? "is no duration"}.`);
}

/** A number of entries or lines. */
export function parseCount(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(`It must be a number from 1 to ${max}.`);
  };
}

export function limitOption(): Option {
  return new Option("-n, --limit <count>", "at most so many, newest first")
    .default(20)
    .argParser(parseCount(pageSizeMax));
}

export function serverOption(): Option {
  return new Option("-s, --server <id>", "of this server only").argParser(parseServer);
}

/** Why something is done: it is kept in the history. */
export function reasonOption(): Option {
  return new Option("-r, --reason <text>", "why, for the history").argParser(parseReason);
}

export function yesOption(): Option {
  return new Option("-y, --yes", "do it without asking; needed where there is no terminal");
}

function parseReason(text: string): string {
  // As long as the services take it.
  if (text.trim() !== "" && text.length <= 1024 && !text.includes("\n")) return text;
  throw new InvalidArgumentError("It must be one line of 1 to 1024 characters.");
}

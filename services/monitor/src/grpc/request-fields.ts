// Checks of request fields that several methods share. What is wrong is told as BadRequest
// violations, all at once.

import { serverIdPattern } from "@hot-backup/kit/config-fields.ts";
import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import { invalidInput, type Violation } from "@hot-backup/kit/errors.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import type { Actor as ActorMessage } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Actor } from "../core/run-record.ts";
import { type ListOf, readPageToken } from "./page-token.ts";

const pageSizeDefault = 100;
const pageSizeMax = 1000;
const nameRule = "must be 1 to 63 characters of a-z, 0-9 and -";

/** A server id, a term and a reason, with room to spare. */
const runIdMax = 128;

/** Longest name and reason of an actor, as the contract has them. */
export const actorNameMax = 128;
export const actorReasonMax = 1024;

/** Ids are integers of SQLite. */
export const signalIdMax = 2n ** 63n - 1n;

/** Longest duration of the protocol, about 10,000 years. Source: google/protobuf/duration.proto */
const durationSecondsMax = 315_576_000_000n;

/** Collects what is wrong with a request. */
export class RequestCheck {
  readonly #violations: Violation[] = [];

  add(field: string, description: string): void {
    this.#violations.push({ field, description });
  }

  /** Throws when anything was wrong. Nothing has been changed by then. */
  finish(): void {
    if (this.#violations.length > 0) throw invalidInput(this.#violations);
  }

  /** Who asks, and why: both are needed, one line each. */
  actor(actor: ActorMessage | undefined): Actor {
    const name = actor?.name ?? "";
    const reason = actor?.reason ?? "";
    this.#line("actor.name", name, actorNameMax);
    this.#line("actor.reason", reason, actorReasonMax);
    return { name, reason };
  }

  serverId(serverId: string): void {
    if (!serverIdPattern.test(serverId)) this.add("server_id", nameRule);
  }

  /** The name of a target: written like the id of a server. */
  target(target: string): void {
    if (!serverIdPattern.test(target)) this.add("target", nameRule);
  }

  runId(runId: string): void {
    if (!isLine(runId, runIdMax) || runId === "") {
      this.add("run_id", `must be one line of 1 to ${runIdMax} characters`);
    }
  }

  /** A page of a list: how many entries, and behind which position. Absent: from the start. */
  page(
    list: ListOf,
    request: { pageSize: number; pageToken: string },
  ): { limit: number; position: string | undefined } {
    const { pageSize, pageToken } = request;
    if (pageSize > pageSizeMax) this.add("page_size", `must be at most ${pageSizeMax}`);
    const limit = pageSize === 0 ? pageSizeDefault : pageSize;
    if (pageToken === "") return { limit, position: undefined };
    const position = readPageToken(pageToken, list);
    if (position === undefined) this.add("page_token", "must be a token of this very list");
    return { limit, position };
  }

  /** An optional duration between bounds, in milliseconds. */
  duration(
    field: string,
    value: Duration | undefined,
    bounds: { minMs: number; maxMs: number },
  ): number | undefined {
    if (value === undefined) return undefined;
    const milliseconds = toMilliseconds(value);
    if (!isDuration(value) || milliseconds < bounds.minMs || milliseconds > bounds.maxMs) {
      this.add(field, `must be from ${bounds.minMs / 1000} s to ${bounds.maxMs / 1000} s`);
    }
    return milliseconds;
  }

  #line(field: string, text: string, max: number): void {
    if (text.trim() === "") this.add(field, "must not be empty");
    else if (!isLine(text, max)) this.add(field, `must be one line of at most ${max} characters`);
  }
}

/** Whether a text is one line without control characters. The empty text is. */
export function isLine(text: string, charactersMax: number): boolean {
  return text.length <= charactersMax && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
}

/** Whether a duration is one by the rules of the protocol: bounded, and of one sign. */
export function isDuration(duration: Duration | undefined): boolean {
  if (duration === undefined) return true;
  const { seconds, nanos } = duration;
  if (seconds > durationSecondsMax || seconds < -durationSecondsMax) return false;
  if (nanos > 999_999_999 || nanos < -999_999_999) return false;
  return !(seconds > 0n && nanos < 0) && !(seconds < 0n && nanos > 0);
}

// Checks of request fields that several methods share. What is wrong is told as BadRequest
// violations, all at once.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import { invalidInput, type Violation } from "@hot-backup/kit/errors.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import type { Actor as ActorMessage } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Actor } from "../core/run-record.ts";

const pageSizeDefault = 100;
const pageSizeMax = 1000;
const nameMax = 128;
const reasonMax = 1024;

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
    this.#line("actor.name", name, nameMax);
    this.#line("actor.reason", reason, reasonMax);
    return { name, reason };
  }

  /** A page: how many, and below which position. */
  page(request: { pageSize: number; pageToken: string }): { limit: number; token: string } {
    if (request.pageSize > pageSizeMax) this.add("page_size", `must be at most ${pageSizeMax}`);
    const limit = request.pageSize === 0 ? pageSizeDefault : request.pageSize;
    return { limit, token: request.pageToken };
  }

  /** A page of a list that is ordered by a rising number. */
  numberedPage(request: { pageSize: number; pageToken: string }): {
    limit: number;
    before: bigint | undefined;
  } {
    const { limit, token } = this.page(request);
    if (token === "") return { limit, before: undefined };
    if (/^\d{1,18}$/.test(token)) return { limit, before: BigInt(token) };
    this.add("page_token", "must be the next_page_token of an earlier answer");
    return { limit, before: undefined };
  }

  /** An optional duration between bounds, in milliseconds. */
  duration(
    field: string,
    value: Duration | undefined,
    bounds: { minMs: number; maxMs: number },
  ): number | undefined {
    const milliseconds = toMilliseconds(value);
    if (milliseconds === undefined) return undefined;
    if (milliseconds < bounds.minMs || milliseconds > bounds.maxMs) {
      this.add(field, `must be from ${bounds.minMs / 1000} s to ${bounds.maxMs / 1000} s`);
    }
    return milliseconds;
  }

  #line(field: string, text: string, max: number): void {
    if (text === "") this.add(field, "must not be empty");
    else if (text.length > max) this.add(field, `must have at most ${max} characters`);
    else if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) this.add(field, "must be one line of text");
  }
}

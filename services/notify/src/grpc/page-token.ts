// Tokens of list pages: where the last page ended, and for which filter. Opaque to clients; newer
// messages do not move what an older token points to.

import type { DeliveryState } from "../core/outbox.ts";

/** Where a page begins. */
export interface PageStart {
  readonly state: DeliveryState | undefined;
  /** Only messages of a lower sequence. */
  readonly before: number;
}

const pattern = /^1:(all|queued|sent|failed):(\d{1,15})$/;

export function writePageToken({ state, before }: PageStart): string {
  return Buffer.from(`1:${state ?? "all"}:${before}`).toString("base64url");
}

/**
 * The sequence that a page begins below; undefined when the token is none, or one of another
 * filter.
 */
export function readPageToken(token: string, state: DeliveryState | undefined): number | undefined {
  const match = pattern.exec(Buffer.from(token, "base64url").toString("latin1"));
  if (match === null || match[1] !== (state ?? "all")) return undefined;
  return Number(match[2]);
}

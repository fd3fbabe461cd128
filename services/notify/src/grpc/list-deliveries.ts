// One page of the ledger. A page ends at its size in messages or in bytes, whichever comes first,
// so that a client with the usual limit of 4 MiB can read every page.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { invalidInput, type Violation } from "@hot-backup/kit/errors.ts";
import type {
  ListDeliveriesRequest,
  ListDeliveriesResponse,
} from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { toDelivery, toStateFilter } from "../convert.ts";
import type { Message } from "../core/message.ts";
import type { Ledger } from "../ports.ts";
import { type PageStart, readPageToken, writePageToken } from "./page-token.ts";

const pageSizeDefault = 100;
const pageSizeMax = 1000;
/** With one more message of the largest size this stays below 2 MiB. */
const pageBytesMax = 1024 * 1024;
/** Messages read from the ledger at once. */
const chunkSize = 25;

export function listDeliveries(
  request: ListDeliveriesRequest,
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Pick<Clock, "wallMs"> },
): ListDeliveriesResponse {
  const pageSize = request.pageSize === 0 ? pageSizeDefault : request.pageSize;
  const start = checkRequest(request);
  // One more than asked for tells whether there is another page.
  const found = collect(ledger, start, pageSize + 1);
  const page = cutPage(found, pageSize);
  const last = page.at(-1);
  const hasMore = page.length < found.length && last !== undefined;
  return {
    deliveries: page.map((message) => toDelivery(message, clock.wallMs())),
    nextPageToken: hasMore ? writePageToken({ ...start, before: last.sequence }) : "",
  };
}

function checkRequest(request: ListDeliveriesRequest): PageStart {
  const violations: Violation[] = [];
  if (request.pageSize > pageSizeMax) {
    violations.push({ field: "page_size", description: `must be 0 to ${pageSizeMax}` });
  }
  const filter = toStateFilter(request.state);
  const state = filter === "unknown" ? undefined : filter;
  if (filter === "unknown") {
    violations.push({ field: "state", description: "must be a known delivery state" });
  }
  const { pageToken } = request;
  const before = pageToken === "" ? Number.MAX_SAFE_INTEGER : readPageToken(pageToken, state);
  if (before === undefined) {
    violations.push({ field: "page_token", description: "must be a token of this very list" });
  }
  if (violations.length > 0 || before === undefined) throw invalidInput(violations);
  return { state, before };
}

// Reads until there is enough, or more than a page may weigh.
function collect(ledger: Ledger, start: PageStart, countMax: number): readonly Message[] {
  const found: Message[] = [];
  let bytes = 0;
  while (found.length < countMax && bytes <= pageBytesMax) {
    const limit = Math.min(chunkSize, countMax - found.length);
    const before = found.at(-1)?.sequence ?? start.before;
    const chunk = ledger.list({ state: start.state, before, limit });
    found.push(...chunk);
    bytes += chunk.reduce((sum, each) => sum + bytesOf(each), 0);
    if (chunk.length < limit) break;
  }
  return found;
}

// At least one message, or the list would never end.
function cutPage(found: readonly Message[], pageSize: number): readonly Message[] {
  let bytes = 0;
  const fitting = found.findIndex((each) => {
    bytes += bytesOf(each);
    return bytes > pageBytesMax;
  });
  const length = fitting === -1 ? found.length : Math.max(1, fitting);
  return found.slice(0, Math.min(length, pageSize));
}

function bytesOf(message: Message): number {
  const recipients = [...message.to, ...message.cc].reduce((n, each) => n + each.address.length, 0);
  return Buffer.byteLength(message.text) + Buffer.byteLength(message.subject) + recipients;
}

// How a target that did not follow an order is understood: it has seen a newer one, or it failed.

import { CallFailed } from "@hot-backup/kit/errors.ts";
import { isCredible } from "../core/term.ts";
import type { OrderAnswer } from "../ports.ts";

/** `term`: of the order that was refused. */
export function readFailedOrder(error: unknown, term: bigint): OrderAnswer {
  if (error instanceof CallFailed && error.reason === "STALE_TERM") {
    const highest = error.metadata["highestTerm"] ?? "";
    const highestJournalId = error.metadata["highestJournalId"] ?? "";
    // 20 digits hold every uint64. Anything else, or above what is credible, cannot be gone above.
    const highestTerm = /^\d{1,20}$/.test(highest) ? BigInt(highest) : undefined;
    if (highestTerm !== undefined && isCredible(highestTerm, term)) {
      return { kind: "stale", highestTerm, highestJournalId };
    }
  }
  return { kind: "failed", error: error instanceof Error ? error.message : String(error) };
}

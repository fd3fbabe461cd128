// Why a monitor decides nothing at all, whatever it is asked, and refusals as failures of calls.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Refusal } from "./core/server-event.ts";

export const stoppingRefusal: Refusal = {
  reason: "STOPPING",
  message: "Cannot decide anything: the monitor is stopping",
};

export const storeRefusal: Refusal = {
  reason: "STORE_FAILED",
  message: "Cannot decide anything: the journal cannot be written (see the log of the monitor)",
};

/** The failure that tells the caller of a refusal. */
export function toFailure(refusal: Refusal): Failure {
  switch (refusal.reason) {
    case "UNKNOWN_TARGET":
      return new Failure("not_found", refusal);
    // Its successor will decide: the caller may ask again.
    case stoppingRefusal.reason:
      return new Failure("unavailable", refusal);
    default:
      return new Failure("refused", refusal);
  }
}

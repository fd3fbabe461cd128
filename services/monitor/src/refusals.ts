// Why a monitor decides nothing at all, whatever it is asked.

import type { Refusal } from "./core/server-event.ts";

export const stoppingRefusal: Refusal = {
  reason: "STOPPING",
  message: "Cannot decide anything: the monitor is stopping",
};

export const storeRefusal: Refusal = {
  reason: "STORE_FAILED",
  message: "Cannot decide anything: the journal cannot be written (see the log of the monitor)",
};

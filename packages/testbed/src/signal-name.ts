// The signals of the contract by the names that people use.

import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";

export type SignalName = "LIVE" | "DEAD" | "CLOSE";

/** Throws for what is no signal. */
export function nameOfSignal(signal: Signal): SignalName {
  if (signal === Signal.SIGNAL_LIVE) return "LIVE";
  if (signal === Signal.SIGNAL_DEAD) return "DEAD";
  if (signal === Signal.SIGNAL_CLOSE) return "CLOSE";
  throw new Error(`Cannot name signal ${signal}: there is none of that number`);
}

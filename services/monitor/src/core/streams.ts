// Which heartbeat stream of a server counts. One stream at a time; a new stream of the same holder
// replaces the older one; another machine with the same server id waits until the first has been
// silent for a threshold (R6).

import type { Refusal } from "./server-event.ts";

/** The current stream of a server. */
export interface CurrentStream {
  /** Rises with every stream of this monitor. */
  readonly serial: number;
  /** Life of the heartbeat service that speaks on it. */
  readonly lifeId: string;
  /** Machine that speaks on it. Empty: it does not know its channels service yet. */
  holder: string;
  /** Ends the stream, because a newer one takes its place. */
  readonly replace: () => void;
}

/** Whether a machine may speak for the server id now. */
export function mayHold(given: {
  /** Holder as the stream told it. Empty: not known yet. */
  readonly holder: string;
  /** Holder that leases were granted to. Empty: none. */
  readonly knownHolder: string;
  readonly silentMs: number;
  readonly thresholdMs: number;
  /** Whether another stream of the server is open. */
  readonly isOtherOpen: boolean;
}): boolean {
  if (given.holder === given.knownHolder && given.holder !== "") return true;
  if (given.silentMs >= given.thresholdMs) return true;
  // Without a known holder nothing is granted, but it must not push out a stream that may be good.
  if (given.holder === "") return !given.isOtherOpen;
  return given.knownHolder === "" && !given.isOtherOpen;
}

/** The refusal of a machine that may not hold the server id. */
export function otherHolderRefusal(serverId: string): Refusal {
  return {
    reason: "OTHER_HOLDER",
    message: `Cannot take heartbeats of server "${serverId}": another machine holds its id`,
  };
}

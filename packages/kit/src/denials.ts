// What was denied to whom: counted, and told in the log with the identity of the peer, the same
// denial at most once a minute.

import type { Logger } from "./log.ts";
import { LogLimit } from "./log-limit.ts";

/** One call or connection that was not let through. */
export interface Denial {
  readonly reason: string;
  readonly because: string;
  /** Address and port of the other end. */
  readonly peer: string;
  /** The identity that a trusted certificate has, or the one that an untrusted one claims. */
  readonly identity?: string;
  readonly claimed?: string;
  /** Absent: the connection as a whole. */
  readonly method?: string;
}

/** Takes note of denials. */
export interface Denials {
  note(denial: Denial): void;
}

/** Counts from nothing. */
export function createDenials(log: Pick<Logger, "warn">): Denials {
  const limit = new LogLimit();
  let denials = 0;
  return {
    note: (denial) => {
      denials += 1;
      // Each attempt comes from a port of its own.
      const host = denial.peer.replace(/:\d+$/, "");
      const { reason, identity, claimed, method } = denial;
      const key = JSON.stringify([reason, identity ?? [host, claimed], method]);
      if (limit.mayTell(key, performance.now())) log.warn({ ...denial, denials }, "Denied");
    },
  };
}

// What was denied to whom: counted, and told in the log with the identity of the peer, the same
// denial at most once a minute. Those that were not told are told as a number when the minute is
// over.

import type { Logger } from "./log.ts";
import { freshMs, LogLimit } from "./log-limit.ts";

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

/** How often something was denied, by reason. */
export type DenialCounts = Map<string, number>;

/** What can be denied: counted from 0, so that the first one is seen as a rise. */
const reasons = [
  "ACTOR_NEEDED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_NOT_YET_VALID",
  "CERTIFICATE_UNTRUSTED",
  "HANDSHAKE_FAILED",
  "IDENTITY_REMOVED",
  "NO_CERTIFICATE",
  "NO_IDENTITY",
  "NO_MONITOR",
  "ORDER_NEEDED",
  "OTHER_SERVER",
  "ROLE_NOT_ALLOWED",
] as const;

export function newDenialCounts(): DenialCounts {
  return new Map(reasons.map((reason) => [reason, 0]));
}

/** Counts from nothing, and beside that by reason into `counts`. */
export function createDenials(
  log: Pick<Logger, "warn">,
  counts: DenialCounts = newDenialCounts(),
): Denials {
  const limit = new LogLimit();
  let denials = 0;
  let untold = 0;
  const tellUntold = () => {
    log.warn({ untold, denials }, "Denied again");
    untold = 0;
  };
  return {
    note: (denial) => {
      denials += 1;
      counts.set(denial.reason, (counts.get(denial.reason) ?? 0) + 1);
      // Each attempt comes from a port of its own.
      const host = denial.peer.replace(/:\d+$/, "");
      const { reason, identity, claimed, method } = denial;
      const key = JSON.stringify([reason, identity ?? [host, claimed], method]);
      if (limit.mayTell(key, performance.now())) {
        log.warn({ ...denial, denials }, "Denied");
        return;
      }
      if (untold === 0) setTimeout(tellUntold, freshMs).unref();
      untold += 1;
    },
  };
}

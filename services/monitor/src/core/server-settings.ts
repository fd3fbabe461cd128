// What configuration says of one watched server, checked and in the core's units.

import type { Flow } from "./flow.ts";

/** When a failback after a takeover happens. */
export type FailbackPolicy =
  | { readonly kind: "automatic" }
  /** After the server has been live for this long without a break. */
  | { readonly kind: "stable"; readonly delayMs: number }
  /** When an operator says so. */
  | { readonly kind: "manual" };

export interface ServerSettings {
  readonly serverId: string;
  readonly protection: "lease" | "none";
  /** Silence that is tolerated. */
  readonly thresholdMs: number;
  /**
   * Length of a lease. Invariant: leaseMs + margin + drift < thresholdMs. Unused without
   * protection.
   */
  readonly leaseMs: number;
  readonly failback: FailbackPolicy;
  /** A closed server that stays away this long is declared dead. Absent: never. */
  readonly closeExpiryMs: number | undefined;
  /**
   * How long a switchover may take to start its first channel before the primary gets its channels
   * back.
   */
  readonly switchoverTimeoutMs: number;
  readonly flow: Flow;
  /** Targets with a fence command, which can vouch for them when they do not answer. */
  readonly fencedTargets: readonly string[];
}

// What configuration says of one watched server, checked and in the core's units.

import type { Flow } from "./flow.ts";

/** When a failback after a takeover happens. */
export type FailbackPolicy =
  | { readonly kind: "automatic" }
  /** After the server has been live for this long without a break. */
  | { readonly kind: "stable"; readonly delayMs: number }
  /** When an operator says so. */
  | { readonly kind: "manual" };

/** When a server counts as flapping, and how long its failback is held then. */
export interface FlapPolicy {
  /** So many deaths in a row make it flap. */
  readonly deaths: number;
  /** Running its channels for this long without a break ends the row. */
  readonly stableAfterMs: number;
  /** How long it has to be live to get its channels back. Twice as long with each further death. */
  readonly holdMs: number;
  readonly holdMaxMs: number;
}

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
  /** How long past its deadline the last process of a channel may live. */
  readonly leaseMarginMs: number;
  /** How much the clocks of monitor and server may differ in rate. */
  readonly clockDriftPercent: number;
  /** Length of the last lease that a monitor leaves when it stops in good order. Absent: none. */
  readonly releaseMs: number | undefined;
  readonly failback: FailbackPolicy;
  /** Absent: no failback is held because of deaths. */
  readonly flap: FlapPolicy | undefined;
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

// What the load generator and the process that orders it tell each other.

import { z } from "zod";

export const loadOptions = z.object({
  address: z.string(),
  group: z.string(),
  servers: z.int(),
  intervalMs: z.number(),
});
export type LoadOptions = z.infer<typeof loadOptions>;

/**
 * beat: send heartbeats at the full rate. rest: send none. tell: go on as before. Each gets a
 * report.
 */
export const loadOrder = z.enum(["beat", "rest", "tell"]);
export type LoadOrder = z.infer<typeof loadOrder>;

/** What happened since the last order, and what holds now. */
export const loadReport = z.object({
  /** Servers with a stream on which an answer has come. */
  connected: z.int(),
  /** Servers that hold a lease. */
  leased: z.int(),
  /** Servers whose last heartbeat did not count as good. */
  unfit: z.int(),
  /** Servers whose stream has ended. */
  ended: z.int(),
  /** Why one of those ended or unfit is so. */
  example: z.string(),
  sent: z.int(),
  answered: z.int(),
  /** JSON has no NaN: null when nothing was answered. */
  roundTripP50Ms: z.number().nullable(),
  roundTripP99Ms: z.number().nullable(),
});
export type LoadReport = z.infer<typeof loadReport>;

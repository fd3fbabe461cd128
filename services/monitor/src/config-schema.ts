// The shape of the monitor's section of an instance file: what each key may hold, and what it is
// when it is left out.

import { z } from "zod";
import {
  address,
  duration,
  instanceFields,
  listenAddress,
  serverId,
} from "@hot-backup/kit/config-fields.ts";
import { commandField } from "./flow/flow-schema.ts";

const secondMs = 1000;
const hourMs = 3600 * secondMs;
const dayMs = 24 * hourMs;

/** Part of the threshold that a lease lasts by default; the rest is for margin and drift. */
export const leaseShare = 0.75;
/** How long it may take, past the deadline, until the last process of a channel is gone. */
export const leaseMarginDefaultMs = 50;
/** How much faster one clock may run than another: ten times what a quartz does in the heat. */
export const clockDriftDefaultPercent = 0.1;

export const threshold = duration({ minMs: 50, maxMs: hourMs });
export const lease = duration({ minMs: 10, maxMs: hourMs });
export const leaseMargin = duration({ minMs: 0, maxMs: hourMs });
export const clockDriftPercent = z
  .number("must be a number of percent from 0 to 10")
  .min(0, "must be from 0 to 10")
  .max(10, "must be from 0 to 10");

const failback = z.union(
  [
    z.literal("automatic").transform(() => ({ kind: "automatic" }) as const),
    z.literal("manual").transform(() => ({ kind: "manual" }) as const),
    z
      .strictObject({ after: duration({ minMs: 0, maxMs: 30 * dayMs }) })
      .transform(({ after }) => ({ kind: "stable", delayMs: after }) as const),
  ],
  'must be "automatic", "manual" or { after: 10m }',
);

function watchedServer(folder: string) {
  return z.strictObject(
    {
      id: serverId,
      protection: z.enum(["lease", "none"], 'must be "lease" or "none": there is no default'),
      threshold,
      lease: lease.optional(),
      leaseMargin: leaseMargin.default(leaseMarginDefaultMs),
      clockDriftPercent: clockDriftPercent.default(clockDriftDefaultPercent),
      failback: failback.default({ kind: "automatic" }),
      closeExpiry: duration({ minMs: secondMs, maxMs: 365 * dayMs }).optional(),
      switchoverTimeout: duration({ minMs: secondMs, maxMs: hourMs }).default(30 * secondMs),
      flow: z.string("must be the path of a flow file").min(1, "must be the path of a flow file"),
      fence: z.record(z.string(), commandField(folder), "must map targets to commands").default({}),
    },
    "must be a watched server: a map",
  );
}

function monitorSection(folder: string) {
  return z.strictObject(
    {
      listen: listenAddress,
      journal: z.string("must be the path of a file").min(1, "must be a path").optional(),
      notify: address.optional(),
      targets: z
        .record(serverId, address, {
          error: ({ code }) =>
            code === "invalid_key"
              ? "must be 1 to 63 characters of a-z, 0-9 and -"
              : "must map names to addresses of channels services",
        })
        .default({}),
      servers: z
        .array(watchedServer(folder), "must be a list of watched servers")
        .min(1, "must name at least one server to watch")
        .max(10_000, "must be at most 10000 servers"),
      mailDelay: duration({ minMs: 0, maxMs: hourMs }).default(5 * secondMs),
    },
    "must be there: it says what the monitor watches",
  );
}

/** The schema of an instance file for the monitor. Relative programs are looked up in `folder`. */
export function instanceSchema(folder: string) {
  return z.strictObject({ ...instanceFields, monitor: monitorSection(folder) });
}

export type InstanceFile = z.output<ReturnType<typeof instanceSchema>>;
export type WatchedServer = InstanceFile["monitor"]["servers"][number];

// The shape of the monitor's section of an instance file: what each key may hold, and what it is
// when it is left out.

import { z } from "zod";
import { checkExposure, metricsAddress, remoteAddress } from "@hot-backup/kit/config-exposure.ts";
import {
  address,
  duration,
  instanceFields,
  listenAddress,
  metricsField,
  serverId,
} from "@hot-backup/kit/config-fields.ts";
import { commandField, recipients } from "./flow/flow-schema.ts";

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

/** A server that dies three times without ten good minutes in between needs a look first. */
const flapDefaults = { deaths: 3, stableAfter: 10 * 60 * secondMs } as const;
const flapHoldDefaults = { hold: 5 * 60 * secondMs, holdMax: hourMs } as const;

const flapDelay = duration({ minMs: secondMs, maxMs: 30 * dayMs });
const flap = z.union(
  [
    z.literal("off"),
    z
      .strictObject({
        deaths: z
          .number("must be a whole number")
          .min(1, "must be from 1 to 100")
          .max(100, "must be from 1 to 100")
          .refine(Number.isInteger, "must be a whole number")
          .default(flapDefaults.deaths),
        stableAfter: flapDelay.default(flapDefaults.stableAfter),
        hold: flapDelay.default(flapHoldDefaults.hold),
        holdMax: flapDelay.default(flapHoldDefaults.holdMax),
      })
      .refine(({ hold, holdMax }) => hold <= holdMax, {
        path: ["holdMax"],
        message: "must be at least hold",
      }),
  ],
  'must be "off" or a map such as { deaths: 3, stableAfter: 10m, hold: 5m, holdMax: 1h }',
);

/** Long enough for an upgrade of the monitor by hand, short enough to wait for a dead server. */
const releaseDefaultMs = 600_000;

/** A day, so that a forgotten monitor does not leave its servers unwatched for ever. */
export const releaseBound = duration({ minMs: secondMs, maxMs: dayMs });
const release = z.union(
  [z.literal("off"), z.strictObject({ bound: releaseBound })],
  'must be "off" or { bound: 10m }, from 1s to 1d',
);

/** Often enough that a night shift learns of it in time, and little work for the targets. */
const readinessDefaultMs = 30 * secondMs;

const readiness = z.union(
  [
    z.literal("off"),
    z.strictObject({
      every: duration({ minMs: 200, maxMs: hourMs }).default(readinessDefaultMs),
      email: z
        .union(
          [
            z.literal("off"),
            z.strictObject({
              to: recipients.min(1, "must name at least one address"),
              cc: recipients.default([]),
            }),
          ],
          'must be "off" or a map such as { to: [ops@example.org] }',
        )
        .optional(),
    }),
  ],
  'must be "off" or a map such as { every: 30s, email: { to: [ops@example.org] } }',
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
      flap: flap.default({ ...flapDefaults, ...flapHoldDefaults }),
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
      notify: remoteAddress.optional(),
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
      release: release.default({ bound: releaseDefaultMs }),
      readiness: readiness.default({ every: readinessDefaultMs }),
      metrics: metricsField,
    },
    "must be there: it says what the monitor watches",
  );
}

/** The schema of an instance file for the monitor. Relative programs are looked up in `folder`. */
export function instanceSchema(folder: string) {
  return z
    .strictObject({ ...instanceFields, monitor: monitorSection(folder) })
    .superRefine((value, context) => {
      const { listen, notify, targets, metrics } = value.monitor;
      checkExposure(context, value, [
        { path: ["monitor", "listen"], address: listen },
        ...metricsAddress("monitor", metrics),
        ...(notify === undefined ? [] : [{ path: ["monitor", "notify"], ...notify }]),
        ...Object.entries(targets).map(([target, each]) => ({
          path: ["monitor", "targets", target],
          address: each,
        })),
      ]);
    });
}

export type InstanceFile = z.output<ReturnType<typeof instanceSchema>>;
export type WatchedServer = InstanceFile["monitor"]["servers"][number];

// The kinds of values that configuration files of every service share, each checked once, here.

import { z } from "zod";
import { logLevels } from "./log.ts";

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration such as "200ms", "1.5s", "10m", "2h" or "30d", as milliseconds between the bounds. */
export function duration(bounds: { minMs: number; maxMs: number }) {
  return z
    .string('must be a duration such as "200ms", "1.5s" or "10m"')
    .transform((text, context) => {
      const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text);
      const exact = Number(match?.[1]) * (units[match?.[2] ?? ""] ?? Number.NaN);
      // To a microsecond: 1.005 * 1000 is not quite 1005.
      const milliseconds = Math.round(exact * 1000) / 1000;
      if (Number.isNaN(milliseconds)) {
        context.addIssue('must be a duration such as "200ms", "1.5s" or "10m"');
        return z.NEVER;
      }
      if (milliseconds < bounds.minMs || milliseconds > bounds.maxMs) {
        context.addIssue(`must be from ${print(bounds.minMs)} to ${print(bounds.maxMs)}`);
        return z.NEVER;
      }
      return milliseconds;
    });
}

/** Milliseconds as the shortest exact duration, for messages: 1500 is "1500ms", 2000 is "2s". */
function print(milliseconds: number): string {
  const unit = ["d", "h", "m", "s"].find((each) => milliseconds % (units[each] ?? 1) === 0);
  return unit === undefined ? `${milliseconds}ms` : `${milliseconds / (units[unit] ?? 1)}${unit}`;
}

/** "host:port" with a port from `portMin` to 65535, "[::1]:port", or "unix:/absolute/path". */
function addressField(portMin: number) {
  return z
    .string('must be an address such as "127.0.0.1:7502"')
    .refine((text) => isAddress(text, portMin), 'must be "host:port" or "unix:/path"');
}

function isAddress(text: string, portMin: number): boolean {
  if (text.startsWith("unix:/")) return true;
  const match = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[1] ?? -1);
  return port >= portMin && port <= 65_535;
}

/** Address to connect to. */
export const address = addressField(1);

/** Address to listen on; port 0 asks for a free one. */
export const listenAddress = addressField(0);

/** Id of a server: 1 to 63 characters of [a-z0-9-], the first a letter or digit. */
export const serverIdPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
export const serverId = z
  .string("must be a server id")
  .regex(serverIdPattern, "must be 1 to 63 characters of a-z, 0-9 and -");

/** Name of a channel: 1 to 63 characters of [a-z0-9._-], the first a letter or digit. */
export const channelNamePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Channel names of an order: a name, or a prefix of one followed by *, or * alone. */
export const channelNameOrPrefixPattern = /^(?:\*|[a-z0-9][a-z0-9._-]{0,62}\*?)$/;

/** Where the certificates are. Without this section nothing but this machine is talked to. */
const tls = z
  .strictObject(
    {
      directory: z.string("must be the path of a folder").min(1, "must be the path of a folder"),
      refresh: duration({ minMs: 100, maxMs: 3_600_000 }).default(10_000),
      expiryWarning: duration({ minMs: 0, maxMs: 365 * 86_400_000 }).default(14 * 86_400_000),
    },
    "must be a section with directory, and may have refresh and expiryWarning",
  )
  .transform(({ directory, refresh, expiryWarning }) => ({
    directory,
    refreshMs: refresh,
    expiryWarningMs: expiryWarning,
  }));

/** Where a service tells its numbers. Absent: nowhere. */
export const metricsField = z
  .strictObject({ listen: listenAddress }, 'must be a section such as { listen: "127.0.0.1:9502" }')
  .optional();

/**
 * The keys that every section of an instance file shares. Sections of other services are not looked
 * into.
 */
export const instanceFields = {
  server: serverId,
  group: serverId,
  protection: z
    .enum(["lease", "none"], 'must be "lease" or "none": there is no default')
    .optional(),
  dataFolder: z.string().min(1).default("data"),
  logLevel: z.enum(logLevels).default("info"),
  tls: tls.optional(),
  insecure: z.boolean("must be true or false").default(false),
  heartbeat: z.unknown().optional(),
  monitor: z.unknown().optional(),
  channels: z.unknown().optional(),
  notify: z.unknown().optional(),
  console: z.unknown().optional(),
};

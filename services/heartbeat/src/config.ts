// The configuration of the heartbeat service: the section `heartbeat` of the instance's file, with
// what it shares with the monitor (server, group, protection).

import { hostname } from "node:os";
import { checkConfig, readConfigSource } from "@hot-backup/kit/config.ts";
import {
  checkExposure,
  metricsAddress,
  readTls,
  remoteAddress,
  warnOfInsecure,
} from "@hot-backup/kit/config-exposure.ts";
import {
  address,
  duration,
  instanceFields,
  listenAddress,
  metricsField,
} from "@hot-backup/kit/config-fields.ts";
import type { LogLevel } from "@hot-backup/kit/log.ts";
import type { TlsSettings } from "@hot-backup/kit/tls.ts";
import { z } from "zod";

export interface Config {
  readonly server: string;
  readonly group: string;
  readonly protection: "lease" | "none";
  readonly logLevel: LogLevel;
  readonly tls: TlsSettings | undefined;
  readonly warnings: readonly string[];
  readonly listen: string;
  /** Address of GET /metrics. Undefined: nobody is told. */
  readonly metricsListen: string | undefined;
  /** Replicas of one monitor group, tried in turn. */
  readonly monitors: readonly string[];
  /** Id of the server of each monitor, by address, where it is said. */
  readonly monitorServers: ReadonlyMap<string, string>;
  /** Address of the local channels service. */
  readonly channels: string;
  readonly intervalMs: number;
  /**
   * Longest pause between two attempts to open a stream. A monitor that returns counts its
   * threshold from then on, so that it must not wait for this server much longer than for a
   * heartbeat.
   */
  readonly reconnectMaxMs: number;
  readonly stopsOnFailedChannel: boolean;
  /** Name of this host, for people. */
  readonly host: string;
  /**
   * A stream is given up after so long without an answer, or after three intervals if that is
   * longer.
   */
  readonly answerMs: number;
  /** How long an orderly close waits for channels that no lease's deadline stops. */
  readonly stopMs: number;
  /** How long an orderly close tries to tell the monitor. */
  readonly closeMs: number;
}

/** Bounds of the longest pause between streams: it follows the interval in between. */
const reconnectMaxMinMs = 50;
const reconnectMaxMaxMs = 1000;

/** More replicas than any monitor group has. */
const monitorsMax = 16;

const timeoutFields = z.strictObject(
  {
    answer: duration({ minMs: 50, maxMs: 600_000 }).default(500),
    stop: duration({ minMs: 100, maxMs: 3_600_000 }).default(30_000),
    close: duration({ minMs: 100, maxMs: 600_000 }).default(5_000),
  },
  "must be a section with any of answer, stop and close",
);

const heartbeatFields = z.strictObject(
  {
    listen: listenAddress,
    monitors: z
      .array(remoteAddress, 'must be a list of addresses such as ["127.0.0.1:7502"]')
      .min(1, "must name at least one monitor")
      .max(monitorsMax, `must name at most ${monitorsMax} monitors`)
      .refine(
        (list) => new Set(list.map((each) => each.address)).size === list.length,
        "must not name a monitor twice",
      ),
    channels: address,
    interval: duration({ minMs: 10, maxMs: 60_000 }).default(200),
    stopOnFailedChannel: z.boolean("must be true or false").default(false),
    host: z
      .string("must be a name")
      .regex(/^[\x21-\x7e]{1,253}$/, "must be 1 to 253 printable characters without spaces")
      .default(() => hostname()),
    timeouts: timeoutFields.prefault({}),
    metrics: metricsField,
  },
  "must be a section: this server has no heartbeat service without it",
);

const instance = z
  .strictObject({
    ...instanceFields,
    protection: z.enum(
      ["lease", "none"],
      'must be "lease" or "none" for a server with a heartbeat service: there is no default',
    ),
    heartbeat: heartbeatFields,
  })
  .superRefine((value, context) => {
    const { listen, channels, monitors, metrics } = value.heartbeat;
    checkExposure(context, value, [
      { path: ["heartbeat", "listen"], address: listen },
      { path: ["heartbeat", "channels"], address: channels },
      ...metricsAddress("heartbeat", metrics),
      ...monitors.map((remote, index) => ({
        path: ["heartbeat", "monitors", index],
        address: remote.address,
        remote,
      })),
    ]);
  });

/** Reads and checks the file of a server instance. Throws ConfigError with every problem. */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  const checked = checkConfig(readConfigSource(file, environment), instance);
  const { server, group, protection, logLevel, heartbeat } = checked;
  const { listen, monitors, channels, host, interval, timeouts } = heartbeat;
  return Object.freeze({
    server,
    group,
    protection,
    logLevel,
    tls: readTls(checked, file),
    warnings: warnOfInsecure(checked),
    listen,
    metricsListen: heartbeat.metrics?.listen,
    monitors: monitors.map((each) => each.address),
    monitorServers: new Map(
      monitors.flatMap((each) => (each.server === undefined ? [] : [[each.address, each.server]])),
    ),
    channels,
    host,
    intervalMs: interval,
    reconnectMaxMs: Math.min(reconnectMaxMaxMs, Math.max(reconnectMaxMinMs, interval)),
    stopsOnFailedChannel: heartbeat.stopOnFailedChannel,
    answerMs: timeouts.answer,
    stopMs: timeouts.stop,
    closeMs: timeouts.close,
  });
}

// The monitor's part of an instance file, with the flow files that it names: checked as a whole,
// with every problem at once. What a key may hold is in config-schema.ts, what keys must be
// together in config-rules.ts.

import assert from "node:assert";
import { dirname, join, resolve } from "node:path";
import {
  ConfigError,
  type ConfigProblem,
  type ConfigSource,
  inspectConfig,
  readConfigSource,
  sortProblems,
} from "@hot-backup/kit/config.ts";
import { readTls, type RemoteAddress, warnOfInsecure } from "@hot-backup/kit/config-exposure.ts";
import type { LogLevel } from "@hot-backup/kit/log.ts";
import type { TlsSettings } from "@hot-backup/kit/tls.ts";
import { findRuleBreaks, outlineMonitor } from "./config-rules.ts";
import {
  type InstanceFile,
  instanceSchema,
  leaseShare,
  type WatchedServer,
} from "./config-schema.ts";
import type { Flow } from "./core/flow.ts";
import type { FlapPolicy, ServerSettings } from "./core/server-settings.ts";
import { openFlow } from "./flow/open-flow.ts";
import type { Fence } from "./parts.ts";
import type { ReadinessPolicy } from "./standby-ports.ts";

/** Everything that a monitor is told. Paths are absolute. */
export interface MonitorConfig {
  readonly server: string;
  readonly group: string;
  readonly logLevel: LogLevel;
  readonly tls: TlsSettings | undefined;
  readonly listen: string;
  /** Address of GET /metrics. Undefined: nobody is told. */
  readonly metricsListen: string | undefined;
  readonly journalFile: string;
  /** Address of each target's channels service, by the name of the target. */
  readonly targets: ReadonlyMap<string, string>;
  /** The notify service. Absent: no flow sends mail. */
  readonly notify: RemoteAddress | undefined;
  /** How long a mail waits for the steps before it. */
  readonly mailDelayMs: number;
  readonly servers: readonly ServerSettings[];
  /** Absent: nobody looks. */
  readonly readiness: ReadinessPolicy | undefined;
  /** By server id, and then by target. */
  readonly fences: ReadonlyMap<string, ReadonlyMap<string, Fence>>;
  /** What is allowed, and most likely not meant: for the log, loudly. */
  readonly warnings: readonly string[];
}

/** Reads and checks. Throws ConfigError with every problem of the file and of its flow files. */
export async function readMonitorConfig(
  file: string,
  environment: NodeJS.ProcessEnv,
): Promise<MonitorConfig> {
  const source = readConfigSource(file, environment);
  const { value, problems } = inspectConfig(source, instanceSchema(dirname(resolve(file))));
  const opened = await openFlows(source);
  const own = sortProblems([...problems, ...findRuleBreaks(source), ...opened.unreadable]);
  const all = [...own, ...opened.problems];
  if (value === undefined || all.length > 0) throw new ConfigError(all);
  return assemble(value, { file, opened });
}

interface OpenedFlows {
  /** By path, as `flowPath` makes it. */
  readonly flows: ReadonlyMap<string, Flow>;
  readonly warnings: readonly string[];
  /** Flow files that cannot be read, told where they are named. */
  readonly unreadable: readonly ConfigProblem[];
  /** Problems inside flow files, file by file. */
  readonly problems: readonly ConfigProblem[];
}

// Each file once, however many servers share it: thousands may.
async function openFlows(source: ConfigSource): Promise<OpenedFlows> {
  const outline = outlineMonitor(source);
  const flows = new Map<string, Flow>();
  const warnings: string[] = [];
  const unreadable: ConfigProblem[] = [];
  const problems: ConfigProblem[] = [];
  for (const [path, uses] of Map.groupBy(outline.flows, ({ file }) => flowPath(source, file))) {
    try {
      const opened = await openFlow(readConfigSource(path, {}), {
        targets: outline.targets,
        hasNotify: outline.hasNotify,
        folder: dirname(resolve(path)),
        serverIds: uses.map(({ id }) => id),
      });
      flows.set(path, opened.flow);
      warnings.push(...opened.warnings);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) {
        if (problem.where === path) unreadable.push(...relocate(source, { problem, uses }));
        else problems.push(problem);
      }
    }
  }
  return { flows, warnings, unreadable, problems };
}

/** A problem with a whole flow file, told at every key that names it. */
function relocate(
  source: ConfigSource,
  options: { problem: ConfigProblem; uses: readonly { readonly path: readonly PropertyKey[] }[] },
): readonly ConfigProblem[] {
  const { where, message } = options.problem;
  return options.uses.map(({ path }) => ({
    where: source.locate(path),
    key: path.join("."),
    message: `${where} ${message}`,
  }));
}

function flowPath(source: { readonly file: string }, flow: string): string {
  return resolve(flow) === flow ? flow : join(dirname(source.file), flow);
}

function assemble(
  value: InstanceFile,
  options: { file: string; opened: OpenedFlows },
): MonitorConfig {
  const { monitor } = value;
  const folder = dirname(resolve(options.file));
  const journal = monitor.journal ?? join(value.dataFolder, "monitor.db");
  return Object.freeze({
    server: value.server,
    group: value.group,
    logLevel: value.logLevel,
    tls: readTls(value, options.file),
    listen: monitor.listen,
    metricsListen: monitor.metrics?.listen,
    journalFile: resolve(folder, journal),
    targets: new Map(Object.entries(monitor.targets)),
    notify: monitor.notify,
    mailDelayMs: monitor.mailDelay,
    servers: monitor.servers.map((server) => {
      const flow = options.opened.flows.get(flowPath(options, server.flow));
      assert(flow !== undefined, "a configuration without problems has all its flows");
      return toSettings(server, { flow, releaseMs: releaseOf(monitor, server) });
    }),
    readiness: readinessOf(monitor),
    fences: new Map(monitor.servers.map((server) => [server.id, toFences(server)])),
    warnings: [...warnOfInsecure(value), ...warnOfMutualBackup(value), ...options.opened.warnings],
  });
}

function toSettings(
  server: WatchedServer,
  given: { flow: Flow; releaseMs: number | undefined },
): ServerSettings {
  const { flow, releaseMs } = given;
  return {
    serverId: server.id,
    protection: server.protection,
    thresholdMs: server.threshold,
    leaseMs: server.lease ?? server.threshold * leaseShare,
    leaseMarginMs: server.leaseMargin,
    clockDriftPercent: server.clockDriftPercent,
    releaseMs,
    failback: server.failback,
    flap: flapPolicyOf(server),
    closeExpiryMs: server.closeExpiry,
    switchoverTimeoutMs: server.switchoverTimeout,
    flow,
    fencedTargets: Object.keys(server.fence).toSorted(),
  };
}

function readinessOf({ readiness }: InstanceFile["monitor"]): ReadinessPolicy | undefined {
  if (readiness === "off") return undefined;
  return { everyMs: readiness.every, email: readiness.email };
}

// A default that is shorter than the threshold of some server would release nobody there.
function releaseOf(
  { release }: InstanceFile["monitor"],
  { threshold, protection }: WatchedServer,
): number | undefined {
  if (release === "off" || protection === "none") return undefined;
  return Math.max(release.bound, threshold);
}

// Without protection the server runs its channels as soon as it is back: a failback that is held
// would leave both running.
function flapPolicyOf({ flap, protection }: WatchedServer): FlapPolicy | undefined {
  if (flap === "off" || protection === "none") return undefined;
  const { deaths, stableAfter, hold, holdMax } = flap;
  return { deaths, stableAfterMs: stableAfter, holdMs: hold, holdMaxMs: holdMax };
}

function toFences(server: WatchedServer): ReadonlyMap<string, Fence> {
  return new Map(
    Object.entries(server.fence).map(([target, { run, timeout }]) => [
      target,
      { command: run, timeoutMs: timeout },
    ]),
  );
}

// Design, stated limits: what protects against two runners stops the survivor too.
function warnOfMutualBackup(value: InstanceFile): readonly string[] {
  if (value.protection !== "lease" || value.heartbeat === undefined) return [];
  return [
    `server "${value.server}" is protected by a lease and runs a monitor itself: when the ` +
      "machine of the other monitor fails, this server gets no lease and stops its own channels " +
      "too; a monitor on a third machine avoids that",
  ];
}

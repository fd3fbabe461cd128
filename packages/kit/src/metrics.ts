// The numbers of one process, for Prometheus: those of the process itself, most of which
// prom-client collects, and those that the service adds. The one home of prom-client. Nothing is
// collected before somebody asks, and nothing at all where nobody may.

import { strict as assert } from "node:assert";
import { collectDefaultMetrics, Registry } from "prom-client";
import manifest from "../package.json" with { type: "json" };
import { type DenialCounts, newDenialCounts } from "./denials.ts";
import type { ProgramName } from "./identity.ts";
import { type Family, writeFamily } from "./metric-family.ts";

/** What a process tells in numbers. */
export interface Metrics {
  /** Denials of the whole process, whoever denies. */
  readonly denials: DenialCounts;
  /** Tells these too. Every name once. */
  add(...families: readonly Family[]): void;
  /** Everything, a portion at a time. */
  write(): AsyncGenerator<string, void>;
}

/** Media type of what is written. */
export const metricsMediaType = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * What prom-client tells of every process. It knows more, most of which answers no question of an
 * operator. Some names of it are set when another one is read: the first of the loop's sets the
 * other two. Those whose setter is not told are read here themselves.
 */
const processNames = [
  "process_start_time_seconds",
  "process_resident_memory_bytes",
  "process_open_fds",
  "process_max_fds",
  "nodejs_eventloop_lag_seconds",
  "nodejs_eventloop_lag_p99_seconds",
  "nodejs_eventloop_lag_max_seconds",
  "nodejs_active_resources",
];

/** For a service of a server. */
export function createMetrics(own: {
  readonly service: ProgramName;
  readonly server: string;
}): Metrics {
  const denials = newDenialCounts();
  const families = new Map<string, Family>();
  const add = (...added: readonly Family[]) => {
    for (const family of added) {
      assert(!families.has(family.name), `${family.name} is told once`);
      families.set(family.name, family);
    }
  };
  add(...usedFamilies, buildFamily(own), denialFamily(denials));
  let ofProcess: Registry | undefined;
  return {
    denials,
    add,
    write: async function* () {
      ofProcess ??= collectOfProcess();
      for (const name of processNames) yield `${await ofProcess.getSingleMetricAsString(name)}\n`;
      for (const family of families.values()) yield* writeFamily(family);
    },
  };
}

function collectOfProcess(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}

const usedFamilies: readonly Family[] = [
  {
    type: "counter",
    name: "process_cpu_seconds_total",
    help: "Processor time used, user and system",
    *read() {
      const { user, system } = process.cpuUsage();
      yield { value: (user + system) / 1_000_000 };
    },
  },
  {
    type: "gauge",
    name: "nodejs_heap_size_used_bytes",
    help: "Heap in use",
    read: () => [{ value: process.memoryUsage().heapUsed }],
  },
];

function buildFamily({ service, server }: { service: string; server: string }): Family {
  const labels = [service, server, manifest.version, process.version];
  return {
    type: "gauge",
    name: "hot_backup_build_info",
    help: "Always 1: which service of which server, and what it was built of",
    labels: ["service", "server", "version", "node"],
    read: () => [{ labels, value: 1 }],
  };
}

function denialFamily(denials: DenialCounts): Family {
  return {
    type: "counter",
    name: "hot_backup_denials_total",
    help: "Calls and connections that were not let through; the log says whose, at Denied",
    labels: ["reason"],
    *read() {
      for (const [reason, value] of denials) yield { labels: [reason], value };
    },
  };
}

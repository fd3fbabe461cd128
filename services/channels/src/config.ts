// The configuration of the channels service: its section of the instance file, and the definition
// files it names.

import { dirname, resolve } from "node:path";
import {
  checkConfig,
  ConfigError,
  type ConfigProblem,
  readConfigSource,
} from "@hot-backup/kit/config.ts";
import type { ConfigSource } from "@hot-backup/kit/config.ts";
import {
  checkExposure,
  metricsAddress,
  readTls,
  warnOfInsecure,
} from "@hot-backup/kit/config-exposure.ts";
import {
  duration,
  instanceFields,
  listenAddress,
  metricsField,
} from "@hot-backup/kit/config-fields.ts";
import type { LogLevel } from "@hot-backup/kit/log.ts";
import type { TlsSettings } from "@hot-backup/kit/tls.ts";
import { z } from "zod";
import type { Activation } from "./core/channel-state.ts";
import { bounds } from "./core/definition.ts";
import type { Settings } from "./core/state.ts";
import { type FileDefinition, readDefinitionFile } from "./definition-file.ts";

export interface Config {
  readonly server: string;
  readonly logLevel: LogLevel;
  readonly tls: TlsSettings | undefined;
  readonly warnings: readonly string[];
  readonly listen: string;
  /** Address of GET /metrics. Undefined: nobody is told. */
  readonly metricsListen: string | undefined;
  /** Absolute. */
  readonly dataFolder: string;
  /** Absolute path of the SQLite file. */
  readonly store: string;
  readonly settings: Settings;
  /** Size at which a channel's log is rotated; one older file is kept. */
  readonly logBytesMax: number;
  readonly definitions: readonly (FileDefinition & { readonly activation: Activation })[];
}

const mebibyte = 1024 * 1024;

const section = z.strictObject(
  {
    listen: listenAddress,
    stopBudget: duration({ minMs: 20, maxMs: 600_000 }).default(200),
    // Less than a few ticks of the kernel's clock would leave no time to kill and to look again.
    killMargin: duration({ minMs: 20, maxMs: 60_000 }).default(50),
    definitions: z.array(z.string().min(1), "must be a list of files").default([]),
    logBytesMax: z
      .int()
      .min(65_536)
      .max(1024 * mebibyte)
      .default(4 * mebibyte),
    store: z.string().min(1).optional(),
    metrics: metricsField,
  },
  "must be given to run this service",
);

const schema = z
  .strictObject({ ...instanceFields, channels: section })
  .superRefine((value, context) => {
    const { listen, metrics } = value.channels;
    checkExposure(context, value, [
      { path: ["channels", "listen"], address: listen },
      ...metricsAddress("channels", metrics),
    ]);
  });

/** Reads and checks a configuration. Throws ConfigError with every problem of every file. */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  const source = readConfigSource(file, environment);
  const checked = checkConfig(source, schema);
  const { server, protection, channels, dataFolder: folder, logLevel } = checked;
  const base = dirname(resolve(file));
  const dataFolder = resolve(base, folder);
  const problems: ConfigProblem[] = [];
  const definitions = channels.definitions.flatMap((each) =>
    gather(problems, () => readDefinitionFile(resolve(base, each))),
  );
  checkTogether(problems, { source, server, protection, definitions });
  if (channels.killMargin >= channels.stopBudget) {
    const where = source.locate(["channels", "killMargin"]);
    const message = "must be less than stopBudget: a graceful stop needs time before SIGKILL";
    problems.push({ where, key: "channels.killMargin", message });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    server,
    logLevel,
    tls: readTls(checked, file),
    warnings: warnOfInsecure(checked),
    listen: channels.listen,
    metricsListen: channels.metrics?.listen,
    dataFolder,
    store: resolve(base, channels.store ?? resolve(dataFolder, "channels.db")),
    settings: {
      serverId: server,
      protection,
      stopBudgetMs: channels.stopBudget,
      killMarginMs: channels.killMargin,
    },
    logBytesMax: channels.logBytesMax,
    definitions: definitions.map((each) => ({
      ...each,
      activation: each.activation ?? usualActivation(each, server),
    })),
  };
}

function gather<T>(problems: ConfigProblem[], read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

function checkTogether(
  problems: ConfigProblem[],
  given: {
    source: ConfigSource;
    server: string;
    protection: "lease" | "none" | undefined;
    definitions: readonly FileDefinition[];
  },
): void {
  const beyond = given.definitions[bounds.channelsMax];
  if (beyond !== undefined) {
    const message = `must be at most ${bounds.channelsMax} channels on one server`;
    problems.push({ where: beyond.where, key: "channels", message });
  }
  const seen = new Map<string, string>();
  for (const { definition, where } of given.definitions) {
    const other = seen.get(definition.name);
    if (other !== undefined) {
      const message = `"${definition.name}" is defined at ${other} already`;
      problems.push({ where, key: "name", message });
    }
    seen.set(definition.name, where);
  }
  const own = given.definitions.find((each) => each.definition.protectedBy === given.server);
  if (own !== undefined && given.protection === undefined) {
    const channel = `channel "${own.definition.name}"`;
    const message = `must be "lease" or "none": ${channel} is protected by this server`;
    problems.push({ where: given.source.locate([]), key: "protection", message });
  }
}

function usualActivation({ definition }: FileDefinition, server: string): Activation {
  const { protectedBy } = definition;
  return protectedBy === undefined || protectedBy === server ? "active" : "inactive";
}

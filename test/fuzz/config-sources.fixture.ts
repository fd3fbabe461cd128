// Every kind of configuration file that operators write, each with the example that it is spoiled
// from and the program that reads it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfigSource } from "@hot-backup/kit/config.ts";
import { readConfig as readConsole } from "../../clients/console/src/config.ts";
import { readConfig as readChannels } from "../../services/channels/src/config.ts";
import { readDefinitionFile } from "../../services/channels/src/definition-file.ts";
import { readConfig as readHeartbeat } from "../../services/heartbeat/src/config.ts";
import { readMonitorConfig } from "../../services/monitor/src/config.ts";
import { openFlow } from "../../services/monitor/src/flow/open-flow.ts";
import { readConfig as readNotify } from "../../services/notify/src/config.ts";

/** One file of the examples, read by one service. */
export interface ConfigSample {
  readonly name: string;
  /** The file's name in its folder, beside the files that it refers to. */
  readonly file: string;
  /** Reads the file at a path. Throws ConfigError when it is not sound. */
  read(path: string): Promise<unknown>;
}

/** The folder that the samples come from. */
export const exampleFolder = fileURLToPath(new URL("../../examples/two-servers", import.meta.url));

const readers: Readonly<Record<string, (path: string) => unknown>> = {
  heartbeat: (path) => readHeartbeat(path, {}),
  monitor: (path) => readMonitorConfig(path, {}),
  channels: (path) => readChannels(path, {}),
  notify: (path) => readNotify(path, {}),
  console: (path) => readConsole(path, {}),
  flow: (path) =>
    openFlow(readConfigSource(path, {}), {
      targets: ["backup-1"],
      hasNotify: true,
      folder: exampleFolder,
      serverIds: ["primary-1"],
    }),
  definitions: (path) => readDefinitionFile(path),
};

/** One sample for each file of the example and each service that reads it. */
export function listSamples(): readonly ConfigSample[] {
  const files = readdirSync(exampleFolder).filter((name) => name.endsWith(".yaml"));
  return files.flatMap((file) =>
    kindsOf(file).map((kind) => ({
      name: `${file} as ${kind}`,
      file,
      read: async (path) => {
        const reader = readers[kind];
        if (reader === undefined) throw new Error(`nothing reads the section ${kind} of ${file}`);
        return reader(path);
      },
    })),
  );
}

// By what a file begins with: an instance has a section for each of its services.
function kindsOf(file: string): readonly string[] {
  const text = readFileSync(join(exampleFolder, file), "utf8");
  const tops = [...text.matchAll(/^([a-z][A-Za-z]*):/gm)].map(([, key = ""]) => key);
  if (!tops.includes("server")) return tops.includes("cases") ? ["flow"] : ["definitions"];
  const shared = ["server", "group", "protection", "dataFolder", "logLevel", "tls", "insecure"];
  return tops.filter((key) => !shared.includes(key));
}

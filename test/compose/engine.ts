// The container engine that the tests use: the one that DOCKER_HOST names. Everything goes through
// the command line that operators use.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

/** What a command said. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

/** The compose files of each way to use them, in the order in which they are merged. */
export const composeFiles = {
  alone: ["compose.yaml"],
  demo: ["compose.yaml", "compose.demo.yaml"],
  primary: ["compose.yaml", "compose.primary.yaml"],
  backup: ["compose.yaml", "compose.backup.yaml"],
  metrics: ["compose.yaml", "compose.metrics.yaml"],
};

/** Building images on a busy machine takes longest. */
const commandTimeoutMs = 800_000;
const outputBytesMax = 64 * 1024 * 1024;

/** Where the compose files are. */
export const deployFolder = fileURLToPath(new URL("../../deploy", import.meta.url));
const run = promisify(execFile);

/** Runs docker. Rejects with what it said when its exit code is not 0. */
export async function docker(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  try {
    return await run("docker", words, {
      env: { ...process.env, ...environment },
      cwd: deployFolder,
      timeout: commandTimeoutMs,
      maxBuffer: outputBytesMax,
    });
  } catch (error) {
    throw new Error(`docker ${words.join(" ")}: ${saidBy(error)}`, { cause: error });
  }
}

// A script that sends its complaints to stdout has said them there.
function saidBy(error: unknown): string {
  const { success, data } = z.object({ stderr: z.string(), stdout: z.string() }).safeParse(error);
  return success ? `${data.stderr}${data.stdout}`.trim() : String(error);
}

/** Runs docker compose on compose files of deploy/. */
export function compose(
  files: readonly string[],
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const named = files.flatMap((each) => ["--file", each]);
  return docker(["compose", ...named, ...words], environment);
}

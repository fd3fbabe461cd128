// The command line as people and programs start it: a process of its own with a profile of its own,
// on a terminal or without one.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { stringify } from "yaml";

const program = fileURLToPath(new URL("../../clients/cli/src/main.ts", import.meta.url));

/** How a call ended, and what it said. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** A call that goes on. */
export interface Running {
  /** What it has written so far, without colours and movements of the cursor. */
  shown(): string;
  /** What it has written so far, to the byte. */
  raw(): string;
  type(keys: string): void;
  send(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

/** Runs calls with one profile. */
export class CommandLine implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "hot-backup-cli-"));
  readonly #running = new Set<ChildProcess>();

  constructor(profile: object) {
    const folder = join(this.#folder, "hot-backup");
    mkdirSync(folder);
    writeFileSync(join(folder, "profiles.yaml"), stringify({ profiles: { bed: profile } }));
  }

  /** Runs a call to its end, with a standard input that is empty and no terminal. */
  async run(...words: readonly string[]): Promise<Outcome> {
    const child = spawn(process.execPath, [program, ...words], {
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = this.#keep(child);
    const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { exitCode, out, err };
  }

  /** The JSON document that a call answers with. */
  async json(...words: readonly string[]): Promise<unknown> {
    const { out, err } = await this.run(...words, "--json");
    if (out === "") throw new Error(`There is no document: ${err}`);
    return JSON.parse(out);
  }

  /** Starts a call without a terminal. */
  start(...words: readonly string[]): Running {
    return this.#start(process.execPath, [program, ...words]);
  }

  /** Starts a call on a terminal of 80 columns. `script` of util-linux makes one. */
  startOnTerminal(...words: readonly string[]): Running {
    const quoted = [process.execPath, program, ...words].map((word) => `'${word}'`).join(" ");
    const command = `stty columns 80 rows 24; exec ${quoted}`;
    return this.#start("script", ["--quiet", "--return", "--command", command, "/dev/null"]);
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }

  #start(file: string, words: readonly string[]): Running {
    const child = spawn(file, words, { env: this.#environment(), stdio: "pipe" });
    let written = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (data: string) => (written += data));
    }
    return {
      shown: () => stripVTControlCharacters(written),
      raw: () => written,
      type: (keys) => void child.stdin.write(keys),
      send: (signal) => void child.kill(signal),
      ended: this.#keep(child),
    };
  }

  #keep(child: ChildProcess): Promise<number | null> {
    this.#running.add(child);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode) => {
        this.#running.delete(child);
        resolve(exitCode);
      });
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    return { PATH, HOME, NODE_COMPILE_CACHE, TERM: "xterm", XDG_CONFIG_HOME: this.#folder };
  }
}

/** The profile of a bed without TLS. */
export function profileOf(servers: TwoServers): object {
  return {
    monitor: servers.address("monitor"),
    notify: servers.address("notify"),
    channels: {
      "primary-1": servers.address("primaryChannels"),
      "backup-1": servers.address("backupChannels"),
    },
  };
}

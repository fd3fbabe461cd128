// One service of an instance as a process of its own, with its output in a file.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { isRunning } from "./processes.ts";
import { bedId, bedVariable, endWithThisProcess } from "./reaper.ts";

/** The services that an instance can have, in the order in which they stop. */
export const serviceNames = ["heartbeat", "monitor", "channels", "notify"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What can be started: a service, or the console. */
export type ProgramName = ServiceName | "console";

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started service. */
export interface ServiceProcess<Name extends ProgramName = ServiceName> {
  readonly name: Name;
  readonly pid: number;
  /** Resolves when the process has ended. Never rejects. */
  readonly ended: Promise<Ending>;
  isRunning(): boolean;
  send(signal: NodeJS.Signals): void;
}

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Beds start the same services hundreds of times: compiled code that is kept halves what each start
 * costs. Node keys it by the text of every file, so that it is never out of date.
 */
const compileCache = `${repository}node_modules/.cache/hot-backup-testbed`;

/**
 * Starts `node services/<name>/src/main.ts --config FILE`, or the console likewise. Throws when the
 * process cannot be made.
 */
export function startService<Name extends ProgramName>(
  name: Name,
  options: {
    configFile: string;
    logFile: string;
    environment?: Readonly<Record<string, string>>;
    /** Program and arguments that become the service, such as nsenter. Default: none. */
    launcher?: readonly string[];
  },
): ServiceProcess<Name> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  const part = name === "console" ? "clients" : "services";
  const main = `${repository}${part}/${name}/src/main.ts`;
  const own = [process.execPath, main, "--config", options.configFile];
  const [program = "", ...words] = [...(options.launcher ?? []), ...own];
  const child = spawn(program, words, {
    // Away from this terminal: Ctrl-C is for the bed, which stops its services itself.
    detached: true,
    cwd: repository,
    stdio: ["ignore", log, log],
    env: { ...serviceEnvironment(), ...options.environment, [bedVariable]: bedId },
  });
  closeSync(log);
  // Told below, by the missing id; unheard, it would end this process later.
  child.once("error", () => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`Cannot start ${name}: no process could be made`);
  endWithThisProcess(pid);
  const ended = new Promise<Ending>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  child.unref();
  return {
    name,
    pid,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null && isRunning(pid),
    // Never by the bare id: once the process has ended it may be somebody else's.
    send: (signal) => void child.kill(signal),
  };
}

/**
 * The environment that every service gets. Channels name `node` in their commands: it must be the
 * one that runs this.
 */
export function serviceEnvironment(): Record<string, string> {
  const path = [dirname(process.execPath), process.env["PATH"] ?? "/usr/bin:/bin"].join(delimiter);
  return {
    PATH: path,
    HOME: process.env["HOME"] ?? "/",
    LANG: process.env["LANG"] ?? "C",
    NODE_COMPILE_CACHE: compileCache,
  };
}

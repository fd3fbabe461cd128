// What a program is given to run with: the user, the folder, and an environment without secrets of
// the service.

import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { traceparentVariable } from "@hot-backup/kit/trace.ts";
import type { Definition } from "../core/definition.ts";
import type { Order } from "../core/orders.ts";
import type { Marks } from "./processes.ts";

/** What every program of this service shares. */
export interface ProgramSettings {
  readonly serverId: string;
  readonly storeId: string;
  readonly dataFolder: string;
}

/** One program of a channel. */
export interface ProgramOf {
  readonly definition: Definition;
  readonly order: Order | undefined;
  /** Absent: it belongs to no trace. */
  readonly traceparent?: string | undefined;
  readonly runId: string;
}

/** Options for child_process.spawn. */
export interface ProgramOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly uid?: number;
  readonly gid?: number;
}

/** Marks of every program that this store's service starts, or of one channel's. */
export function marksOf(storeId: string, channel?: string): Marks {
  const store = `HOT_BACKUP_STORE=${storeId}`;
  return channel === undefined ? [store] : [store, `HOT_BACKUP_CHANNEL=${channel}`];
}

/** The id of a run for the commands of readiness checks: every guard of the channel means them. */
export const checkRunId = "check";

/** What a channel's program runs with. Throws an Error that says what is missing. */
export function programOptions(settings: ProgramSettings, channel: ProgramOf): ProgramOptions {
  const { runtime, name } = channel.definition;
  const cwd = folderOf(settings, channel.definition);
  if (!isFolder(cwd)) throw new Error(`its working directory is no folder: ${cwd}`);
  const user = runtime.user === "" ? undefined : findUser(runtime.user);
  const term = channel.order === undefined ? {} : { HOT_BACKUP_TERM: String(channel.order.term) };
  const { traceparent } = channel;
  // Below what the definition says: who names a trace there, means it.
  const trace = traceparent === undefined ? {} : { [traceparentVariable]: traceparent };
  const env = {
    PATH: usualPath(),
    HOME: user?.home ?? process.env["HOME"] ?? "/",
    LANG: process.env["LANG"] ?? "C.UTF-8",
    ...trace,
    ...runtime.environment,
    HOT_BACKUP_CHANNEL: name,
    HOT_BACKUP_SERVER: settings.serverId,
    HOT_BACKUP_STORE: settings.storeId,
    HOT_BACKUP_RUN: channel.runId,
    ...term,
  };
  return user === undefined ? { cwd, env } : { cwd, env, uid: user.uid, gid: user.gid };
}

/** The folder that a channel's programs run in. */
export function folderOf({ dataFolder }: ProgramSettings, { runtime }: Definition): string {
  return resolve(dataFolder, runtime.workingDirectory);
}

/** Where a channel's programs are looked for. */
export function pathOf({ runtime }: Definition): string {
  return runtime.environment["PATH"] ?? usualPath();
}

function usualPath(): string {
  return process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
}

/** Throws an Error when a program cannot be found, before a shell says it less clearly. */
export function requireProgram(program: string, { cwd, env }: ProgramOptions): void {
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder || cwd, program));
  if (candidates.some(isExecutable)) return;
  const where = isAbsolute(program) || program.includes("/") ? "" : ` in ${env["PATH"] ?? ""}`;
  throw new Error(`no such program${where}: ${program}`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return !isFolder(path);
  } catch {
    return false;
  }
}

/**
 * Throws an Error where there is none. Source: passwd(5), name:password:uid:gid:comment:home:shell.
 */
export function findUser(nameOrId: string): { uid: number; gid: number; home: string } {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name, , uid, gid, , home] = line.split(":");
    if (name === "" || (name !== nameOrId && uid !== nameOrId)) continue;
    return { uid: Number(uid), gid: Number(gid), home: home ?? "/" };
  }
  throw new Error(`no such user: ${nameOrId}`);
}

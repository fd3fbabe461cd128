// The launcher: a shell that holds the place of a channel's program, group and all, until its guard
// is there, and then becomes the program.

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ProgramOf,
  type ProgramSettings,
  programOptions,
  requireProgram,
} from "./environment.ts";
import { readCommandLine } from "./processes.ts";

/**
 * Waits for the word on descriptor 3 and becomes the program. Without the word it ends: nothing has
 * started.
 */
const launcher = 'read -r go <&3 && exec "$@" 3<&-';

/** Starts the launcher of a program. Throws an Error that says what is missing. */
export function spawnLauncher(settings: ProgramSettings, channel: ProgramOf): ChildProcess {
  const { command } = channel.definition.runtime;
  const options = programOptions(settings, channel);
  requireProgram(command[0] ?? "", options);
  const child = spawn("/bin/sh", ["-c", launcher, "hot-backup-launch", ...command], {
    ...options,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  // The pipe breaks when the launcher is killed before its word; its end is told by the exit.
  if (child.pid !== undefined) wordPipe(child)?.on("error", () => undefined);
  return child;
}

/**
 * Resolves with the reason when the launcher or the program that it became has ended; rejects when
 * it never was.
 */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      if (child.pid === undefined) reject(error);
    });
    child.once("exit", (code, signal) => {
      resolve(signal === null ? `exited with code ${code}` : `killed by ${signal}`);
    });
  });
}

/** Gives the word. Resolves with whether the launcher became the program. */
export async function giveWord(child: ChildProcess): Promise<boolean> {
  const go = wordPipe(child);
  if (go === undefined) return false;
  go.end("go\n");
  go.resume();
  await closed(go);
  return becameProgram(child);
}

// The launcher closes the descriptor an instant before it becomes the program; a failed exec ends
// it instead.
async function becameProgram(child: ChildProcess): Promise<boolean> {
  const { pid } = child;
  if (pid === undefined) return false;
  while (child.exitCode === null && child.signalCode === null) {
    const commandLine = readCommandLine(pid);
    if (commandLine !== "" && !commandLine.includes(launcher)) return true;
    await pause(1);
  }
  return false;
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once("end", resolve);
    stream.once("close", resolve);
  });
}

function wordPipe(child: ChildProcess): Duplex | undefined {
  const pipe = child.stdio[3];
  return isDuplex(pipe) ? pipe : undefined;
}

function isDuplex(stream: unknown): stream is Duplex {
  return typeof stream === "object" && stream !== null && "write" in stream && "read" in stream;
}

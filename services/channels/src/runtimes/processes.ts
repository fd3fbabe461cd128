// Finds and kills processes through /proc: the members of a group, and those that carry marks in
// their environment.

import { readdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/**
 * How many processes are looked at before the event loop gets its turn: about a millisecond of
 * work.
 */
const batchSize = 50;

/** Pauses between two looks: short at first, because a killed process is usually gone at once. */
const pausesMs = { first: 1, max: 50 } as const;

/** What marks a process: variables of its environment, as NAME=value. */
export type Marks = readonly string[];

/**
 * Sends a signal to a whole process group. False when the group has no member, not even a zombie.
 */
export function signalGroup(processGroup: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-processGroup, signal);
    return true;
  } catch (error) {
    // A member that this process may not signal still is a member.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Kills a group and all marked processes, again and again, until none is left. Tells how many it
 * found.
 */
export async function killUntilGone(what: {
  processGroup: number | undefined;
  marks: Marks;
}): Promise<number> {
  const killed = new Set<number>();
  for (let pauseMs: number = pausesMs.first; ; pauseMs = Math.min(pauseMs * 2, pausesMs.max)) {
    const { processGroup } = what;
    const mayHaveGroup = processGroup !== undefined && signalGroup(processGroup, "SIGKILL");
    const left = await findProcesses((pid) => {
      if (mayHaveGroup && isLiveMember(pid, processGroup)) return true;
      return isMarked(pid, what.marks);
    });
    if (left.length === 0) return killed.size;
    for (const pid of left) {
      killed.add(pid);
      killOne(pid);
    }
    await pause(pauseMs);
  }
}

async function findProcesses(isMeant: (pid: number) => boolean): Promise<number[]> {
  const found: number[] = [];
  let looked = 0;
  for (const entry of await readdir("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (isMeant(pid)) found.push(pid);
    looked += 1;
    if (looked % batchSize === 0) await new Promise(setImmediate);
  }
  return found;
}

// A zombie that nobody reaps (a container without an init) is no process any more, although its
// group has a member.
function isLiveMember(pid: number, processGroup: number): boolean {
  const stat = readProc(pid, "stat");
  const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(group) === processGroup && state !== "Z" && state !== "X";
}

// The environment of a zombie is empty, so that a zombie is never marked.
function isMarked(pid: number, marks: Marks): boolean {
  const environment = `\0${readProc(pid, "environ")}`;
  return marks.every((mark) => environment.includes(`\0${mark}\0`));
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

// "" when the process is gone or may not be read.
function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}

/** The program that a process runs, as its arguments joined by NUL; "" when it is gone. */
export function readCommandLine(pid: number): string {
  return readProc(pid, "cmdline");
}

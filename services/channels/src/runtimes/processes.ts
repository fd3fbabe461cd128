// Finds processes through /proc: the members of a group, and those that carry marks in their
// environment. Signals them.

import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";

/**
 * How many processes are looked at before the event loop gets its turn: about a millisecond of
 * work.
 */
const batchSize = 50;

/** What marks a process: variables of its environment, as NAME=value. */
export type Marks = readonly string[];

/** Processes that belong together: all that are marked, and the members of a group. */
export interface Kin {
  readonly processGroup: number | undefined;
  readonly marks: Marks;
}

/**
 * Sends a signal to a whole process group. False when the group has no member, not even a zombie.
 */
export function signalGroup(processGroup: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-processGroup, signal);
    return true;
  } catch (error) {
    // A member that this process may not signal still is a member.
    return hasCode(error, ["EPERM"]);
  }
}

export function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself, or will not obey: the next look tells.
  }
}

/** All that live now. Rejects when it cannot look: then nobody knows. */
export async function findKin({ processGroup, marks }: Kin): Promise<number[]> {
  const mayHaveGroup = processGroup !== undefined && signalGroup(processGroup, 0);
  const found: number[] = [];
  let looked = 0;
  for (const entry of await readdir("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (isMarked(pid, marks) || (mayHaveGroup && isLiveMember(pid, processGroup))) found.push(pid);
    looked += 1;
    if (looked % batchSize === 0) await new Promise(setImmediate);
  }
  return found;
}

/**
 * Whether a live process is a member of the group. A zombie that nobody reaps (a container without
 * an init) is no process any more, although its group has a member.
 */
export function isLiveMember(pid: number, processGroup: number): boolean {
  const stat = readProc(pid, "stat");
  const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(group) === processGroup && state !== "Z" && state !== "X";
}

/** The program that a process runs, as its arguments joined by NUL; "" when it is gone. */
export function readCommandLine(pid: number): string {
  return readProc(pid, "cmdline");
}

// The environment of a zombie is empty, so that a zombie is never marked.
function isMarked(pid: number, marks: Marks): boolean {
  const environment = `\0${readProc(pid, "environ")}`;
  return marks.every((mark) => environment.includes(`\0${mark}\0`));
}

// "" when the process is gone, or another user's: this service started none that it may not read.
// Any other failure, too many open files for example, says nothing about the process.
function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch (error) {
    if (hasCode(error, ["ENOENT", "ESRCH", "EACCES", "EPERM"])) return "";
    throw error;
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    codes.includes(error.code)
  );
}

// What /proc tells about processes: who descends from whom, who carries which environment, who is
// gone. Processes are only ever found by descent or by an environment that this bed gave them, and
// ended by their id.

import { readdirSync, readFileSync } from "node:fs";

/** A process as the kernel sees it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
}

/** All processes that are more than a zombie. */
export function listProcesses(): ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) => {
    const entry = /^\d+$/.test(name) ? readEntry(Number(name)) : undefined;
    return entry === undefined ? [] : [entry];
  });
}

/** Whether a process exists and is more than a zombie. */
export function isRunning(pid: number): boolean {
  return readEntry(pid) !== undefined;
}

/** The environment a process was started with. Empty when it is gone or not ours to read. */
export function readEnvironment(pid: number): ReadonlyMap<string, string> {
  const text = readProc(`${pid}/environ`) ?? "";
  return new Map(
    text.split("\0").map((each) => {
      const divider = each.indexOf("=");
      return [each.slice(0, divider), each.slice(divider + 1)] as const;
    }),
  );
}

/** The arguments a process was started with, divided by spaces. Empty when it is gone. */
export function readCommandLine(pid: number): string {
  return (readProc(`${pid}/cmdline`) ?? "").replaceAll("\0", " ").trimEnd();
}

/** The given processes, as far as they run, and everything that descends from them. */
export function withDescendants(roots: Iterable<number>): Set<number> {
  const processes = listProcesses();
  const family = new Set(roots);
  const running = new Set(processes.map((each) => each.pid));
  for (let size = -1; size !== family.size;) {
    size = family.size;
    for (const { pid, parentPid } of processes) if (family.has(parentPid)) family.add(pid);
  }
  return family.intersection(running);
}

/** Sends a signal to a process; false when it is gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

// "42 (name with ) and spaces) S 1 ...": the state and the parent come after the last parenthesis.
function readEntry(pid: number): ProcessEntry | undefined {
  const text = readProc(`${pid}/stat`);
  if (text === undefined) return undefined;
  const [state, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : { pid, parentPid: Number(parent) };
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return undefined;
  }
}

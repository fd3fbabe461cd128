// What a process costs, as the kernel counts it, and on which processor it may run.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Linux counts processor time of processes in hundredths of a second (USER_HZ). */
const tickMs = 10;

/**
 * Processor time that a process has used so far, all its threads, user and system, in milliseconds.
 */
export function cpuMs(pid: number): number {
  // "42 (name with spaces) S ...": the fields are counted from after the last parenthesis.
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory of a process in KiB. */
export function residentKib(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? Number.NaN);
}

/**
 * Keeps all threads of a process on one processor. False where taskset is not installed or refuses.
 */
export function pinToCpu(pid: number, cpu: number): boolean {
  try {
    execFileSync("taskset", ["-a", "-c", "-p", String(cpu), String(pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

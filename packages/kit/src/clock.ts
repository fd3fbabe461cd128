// The clocks of a process. The core gets instants as arguments and never imports this file's
// reader.

import { openSync, readFileSync, readSync } from "node:fs";

/** Reads time. Instants of `nowMs` and `bootMs` must never be mixed. */
export interface Clock {
  /**
   * Monotonic milliseconds of this process, with fractions. Stands still while the machine is
   * suspended.
   */
  nowMs(): number;
  /**
   * Milliseconds since the kernel booted, suspension included (CLOCK_BOOTTIME), rounded down to 10
   * ms: the true instant is up to `bootResolutionMs` later. All processes of a machine agree on it.
   */
  bootMs(): number;
  /** Wall clock in milliseconds since 1970, for records and people only. Decides nothing. */
  wallMs(): number;
}

/** /proc/uptime counts in hundredths of a second. */
export const bootResolutionMs = 10;

const zero = "0".charCodeAt(0);
const point = ".".charCodeAt(0);

/** The real clocks of a Linux process. Throws when /proc/uptime cannot be opened. */
export function openSystemClock(): Clock {
  const uptime = openSync("/proc/uptime", "r");
  const text = Buffer.alloc(64);
  return {
    nowMs: () => performance.now(),
    bootMs: () => parseUptime(text, readSync(uptime, text, 0, text.length, 0)),
    wallMs: () => Date.now(),
  };
}

/**
 * Id of the running kernel: changes with every boot. Source: random(4),
 * /proc/sys/kernel/random/boot_id.
 */
export function readBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

// "12345.67 ..." to 12345670, without making a string: it is read for every heartbeat.
function parseUptime(text: Buffer, length: number): number {
  let centiseconds = 0;
  let index = 0;
  for (; index < length && text[index] !== point; index += 1) {
    centiseconds = centiseconds * 10 + ((text[index] ?? zero) - zero);
  }
  const tens = (text[index + 1] ?? zero) - zero;
  const ones = (text[index + 2] ?? zero) - zero;
  return (centiseconds * 100 + tens * 10 + ones) * 10;
}

// What a run of a channel leaves behind so that a checker can prove afterwards that no two runs of
// a channel ever overlapped, even where a run was killed. It is evidence for demonstrations; the
// work does not depend on it.
//
// One file per run, JSON lines. The first line is rewritten in place and says when the run was seen
// last:
//   {"seenNs":"00000000123456789012"}
//   {"event":"start","atNs":"123","channel":"orders","server":"primary-1","term":"3","pid":42}
//   {"event":"unit","atNs":"456","file":"order-7.xml","outcome":"emitted"}
//   {"event":"stop","atNs":"789"}
// Instants are CLOCK_MONOTONIC in nanoseconds, which all processes of one machine agree on.

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";

/** Whose run it is. */
export interface RunIdentity {
  readonly channel: string;
  readonly server: string;
  readonly term: bigint;
}

/** The open file of one run. */
export interface Witness extends Disposable {
  /** A file has been dealt with. Told after the effect, so that a line is never a promise. */
  unit(file: string, outcome: string): void;
  /**
   * Resolves when this run is seen even while its thread is busy. Until then a killed run's end
   * goes unseen for as long as the thread did not come back to its timer, so whatever keeps it busy
   * must wait for this.
   */
  keepSeen(): Promise<void>;
}

/**
 * How much of a killed run's end may go unseen. Small against the time in which another server
 * could start.
 */
export const seenIntervalMs = 5;

/** Begins the witness of this process. Disposing says that the run stopped in good order. */
export function openWitness(folder: string, identity: RunIdentity): Witness {
  // When the process began, not when it got this far: it could have done harm before.
  const startNs = beginningNs();
  mkdirSync(folder, { recursive: true });
  const name = `${identity.channel}.${identity.server}.${startNs}.jsonl`;
  const path = join(folder, name);
  const file = openSync(path, "wx");
  let end = writeSync(file, seenLine(startNs), 0);
  const append = (line: object) => {
    end += writeSync(file, `${JSON.stringify(line)}\n`, end);
  };
  const { channel, server, term } = identity;
  append({
    event: "start",
    atNs: String(startNs),
    channel,
    server,
    term: String(term),
    pid: process.pid,
  });
  const seen = () => writeSync(file, seenLine(process.hrtime.bigint()), 0);
  const timer = setInterval(seen, seenIntervalMs);
  let keeper: Worker | undefined;
  return {
    keepSeen: async () => {
      // Loaded here, because a channel should be ready before.
      const threads = await import("node:worker_threads");
      keeper = new threads.Worker(new URL("seen-keeper.ts", import.meta.url), { workerData: path });
      keeper.unref();
      // One hand writes: an instant that this thread was about to write may be older by now.
      if (await isAtWork(keeper)) clearInterval(timer);
    },
    unit: (name, outcome) =>
      append({ event: "unit", atNs: String(process.hrtime.bigint()), file: name, outcome }),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      void keeper?.terminate();
      seen();
      append({ event: "stop", atNs: String(process.hrtime.bigint()) });
      closeSync(file);
    },
  };
}

// Without a keeper there is still the timer: no channel fails because of its witness.
function isAtWork(keeper: Worker): Promise<boolean> {
  return new Promise((resolve) => {
    keeper.once("message", () => resolve(true));
    for (const event of ["error", "exit"]) keeper.on(event, () => resolve(false));
  });
}

/** Always as long as the line it replaces. */
export function seenLine(atNs: bigint): string {
  return `{"seenNs":"${String(atNs).padStart(20, "0")}"}\n`;
}

/** How often the clocks are read, so that one pair of readings was not interrupted. */
const readingsMax = 8;

// The instant at which this process began, which an older run may not have seen. Two clocks are
// read one after the other; a process that loses the processor in between would seem to have begun
// earlier than it did. The closest pair of readings counts.
function beginningNs(): bigint {
  let closestMs = Number.POSITIVE_INFINITY;
  let startNs = 0n;
  for (let reading = 0; reading < readingsMax; reading += 1) {
    const beforeMs = performance.now();
    const nowNs = process.hrtime.bigint();
    const afterMs = performance.now();
    if (afterMs - beforeMs >= closestMs) continue;
    closestMs = afterMs - beforeMs;
    startNs = nowNs - BigInt(Math.round(afterMs * 1e6));
  }
  return startNs;
}

// (c) 2,000 servers that beat once a second against a monitor that has one processor: what is left
// of it, how late its event loop is, and whether it ever calls a living server dead.

import { readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startLoad } from "./load.ts";
import { group, openMonitorBed } from "./monitor-bed.ts";
import { cpuMs, pinToCpu } from "./process-figures.ts";
import { type Measurement, percentile } from "./report.ts";

const servers = 2000;
const intervalMs = 1000;
const thresholdMs = 3000;
const leaseMs = 2400;
const windowMs = 30_000;
const settleWithinMs = 300_000;

/** How often loop-delay.ts looks. */
const sampleEveryMs = 10;

export async function measureOneCore(): Promise<Measurement> {
  const delayFile = join(tmpdir(), `hot-backup-loop-delay-${process.pid}`);
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(delayFile, { force: true }));
  const preload = new URL("loop-delay.ts", import.meta.url).href;
  await using bed = await openMonitorBed({
    servers,
    thresholdMs,
    leaseMs,
    environment: { NODE_OPTIONS: `--import ${preload}`, LOOP_DELAY_FILE: delayFile },
  });
  const isPinned = pinToCpu(bed.monitorPid, 0);
  await using load = startLoad({ address: bed.address, group, servers, intervalMs });
  // The rest of the world must not take the one processor from the monitor.
  if (availableParallelism() > 1) for (const pid of [bed.targetPid, load.pid]) pinToCpu(pid, 1);
  await load.settle(settleWithinMs);
  const deathsBefore = bed.countDeaths();
  await load.order("beat");
  const skipped = readDelaysMs(delayFile).length;
  const beforeMs = cpuMs(bed.monitorPid);
  const startedMs = performance.now();
  await pause(windowMs);
  const wallMs = performance.now() - startedMs;
  const usedMs = cpuMs(bed.monitorPid) - beforeMs;
  const told = await load.order("tell");
  const delaysMs = withLostSamples(readDelaysMs(delayFile).slice(skipped));
  const deaths = bed.countDeaths();
  return {
    letter: "c",
    title: `${servers} servers at ${1000 / intervalMs} Hz on one processor, ${windowMs / 1000} s`,
    figures: [
      { name: "false DEAD", value: deaths - deathsBefore, unit: "", goalMax: 0 },
      { name: "CPU of the monitor", value: (usedMs / wallMs) * 100, unit: "%" },
      { name: "event loop late, p50", value: percentile(delaysMs, 0.5), unit: "ms" },
      { name: "event loop late, p99", value: percentile(delaysMs, 0.99), unit: "ms" },
      { name: "round trip of a heartbeat, p50", value: told.roundTripP50Ms ?? 0, unit: "ms" },
      { name: "round trip of a heartbeat, p99", value: told.roundTripP99Ms ?? 0, unit: "ms" },
    ],
    notes: [
      `heartbeats sent ${told.sent}, answered ${told.answered}, not good at the end ${told.unfit}`,
      `false DEAD before the window, while ${servers} servers connected: ${deathsBefore}`,
      isPinned ? "the monitor pinned to processor 0" : "not pinned: taskset is missing",
    ],
  };
}

function readDelaysMs(file: string): number[] {
  return readFileSync(file, "utf8").split(/\s/).filter(Boolean).map(Number);
}

// A stall swallows the samples that would have fallen into it: they are put back, each as late as
// it would have been, so that a long stall weighs as much as it lasted.
function withLostSamples(delaysMs: readonly number[]): number[] {
  return delaysMs.flatMap((delayMs) => {
    const lost = Math.floor(delayMs / sampleEveryMs);
    return Array.from({ length: lost + 1 }, (_, index) => delayMs - index * sampleEveryMs);
  });
}

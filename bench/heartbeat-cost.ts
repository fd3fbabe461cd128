// (b) What one heartbeat costs the monitor, beside a bare grpc-js server that answers the same
// messages. Both are loaded in turn, round by round, because one machine is not equally fast from
// one minute to the next.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Load, startLoad } from "./load.ts";
import { group, openMonitorBed } from "./monitor-bed.ts";
import { cpuMs, pinToCpu, residentKib } from "./process-figures.ts";
import { type Measurement, median } from "./report.ts";

const servers = 1000;
const intervalMs = 500;
const rounds = 6;
const roundMs = 5000;
const settleWithinMs = 180_000;

/** Before a round is counted: the pace is reached and what waited is answered. */
const warmUpMs = 1000;

/**
 * A round in which somebody else took the machine is repeated; more of them than this say that it
 * cannot measure.
 */
const disturbedMax = 12;

// The servers of the monitor rest while the echo is loaded, and must live through that. A new
// monitor grants no first lease before a threshold has passed (R6), so it is no longer than that
// needs.
const thresholdMs = 20_000;
const leaseMs = 15_000;

/** One of the two that are compared. */
interface Contender {
  readonly pid: number;
  readonly load: Load;
  readonly idleKib: number;
  readonly cpuMicrosPerHeartbeat: number[];
  readonly kibPerConnection: number[];
}

export async function measureHeartbeatCost(): Promise<Measurement> {
  await using bed = await openMonitorBed({ servers, thresholdMs, leaseMs });
  await using echo = await startEcho();
  const isPinned = [bed.monitorPid, echo.pid].every((pid) => pinToCpu(pid, 0));
  await using loads = new AsyncDisposableStack();
  const compete = async (pid: number, address: string): Promise<Contender> => {
    const idleKib = residentKib(pid);
    const load = loads.use(startLoad({ address, group, servers, intervalMs }));
    pinToCpu(load.pid, 1);
    await load.settle(settleWithinMs);
    await load.order("rest");
    return { pid, load, idleKib, cpuMicrosPerHeartbeat: [], kibPerConnection: [] };
  };
  const bare = await compete(echo.pid, echo.address);
  const monitor = await compete(bed.monitorPid, bed.address);
  let disturbed = 0;
  for (let round = 0; round < rounds; round += 1) {
    // There and back again: whoever is measured second must not always be the same.
    for (const contender of round % 2 === 0 ? [bare, monitor] : [monitor, bare]) {
      while (!(await measureRound(contender))) disturbed += 1;
      if (disturbed > disturbedMax) throw new Error("Cannot measure: the machine is too busy");
    }
  }
  return report({ bare, monitor, isPinned, disturbed, deaths: bed.countDeaths() });
}

/**
 * False when a server was not well at the end: then its heartbeats were not those of the steady
 * state.
 */
async function measureRound({ pid, load, ...found }: Contender): Promise<boolean> {
  await load.order("beat");
  await load.settle(settleWithinMs);
  await pause(warmUpMs);
  await load.order("tell");
  const beforeMs = cpuMs(pid);
  await pause(roundMs);
  const usedMs = cpuMs(pid) - beforeMs;
  const { answered, unfit, ended, example } = await load.order("rest");
  if (ended > 0) throw new Error(`Cannot measure: ${ended} streams have ended: ${example}`);
  if (unfit > 0) return false;
  found.cpuMicrosPerHeartbeat.push((usedMs * 1000) / answered);
  found.kibPerConnection.push((residentKib(pid) - found.idleKib) / servers);
  return true;
}

function report(found: {
  bare: Contender;
  monitor: Contender;
  isPinned: boolean;
  disturbed: number;
  deaths: number;
}): Measurement {
  const { bare, monitor } = found;
  const ratios = monitor.cpuMicrosPerHeartbeat.map(
    (micros, round) => micros / (bare.cpuMicrosPerHeartbeat[round] ?? Number.NaN),
  );
  const monitorKib = median(monitor.kibPerConnection);
  const bareKib = median(bare.kibPerConnection);
  return {
    letter: "b",
    title: `heartbeat cost: ${servers} servers on connections of their own, every ${intervalMs} ms`,
    figures: [
      {
        name: "CPU per heartbeat, monitor",
        value: median(monitor.cpuMicrosPerHeartbeat),
        unit: "us",
      },
      {
        name: "CPU per heartbeat, bare echo",
        value: median(bare.cpuMicrosPerHeartbeat),
        unit: "us",
      },
      { name: "CPU, monitor to echo", value: median(ratios), unit: "x", goalMax: 1.25 },
      { name: "memory per connection, monitor", value: monitorKib, unit: "KiB" },
      { name: "memory per connection, bare echo", value: bareKib, unit: "KiB" },
      { name: "memory, monitor to echo", value: monitorKib / bareKib, unit: "x", goalMax: 1.3 },
    ],
    notes: [
      `median of ${rounds} rounds of ${roundMs / 1000} s each, in turn; ratio per round: ` +
        ratios.map((ratio) => ratio.toFixed(2)).join(" "),
      found.isPinned ? "both servers pinned to processor 0" : "not pinned: taskset is missing",
      `rounds repeated because the machine was too busy: ${found.disturbed}; ` +
        `DEAD signals meanwhile: ${found.deaths}`,
    ],
  };
}

const port = z.tuple([z.int()]).rest(z.unknown());

async function startEcho(): Promise<AsyncDisposable & { pid: number; address: string }> {
  const child: ChildProcess = fork(fileURLToPath(new URL("echo-server.ts", import.meta.url)));
  const [number] = port.parse(await once(child, "message"));
  return {
    pid: child.pid ?? 0,
    address: `127.0.0.1:${number}`,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

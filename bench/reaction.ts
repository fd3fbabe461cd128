// (a) How soon the backup runs what the primary ran: from the last heartbeat plus the threshold,
// which nobody can save, to the channel STARTED on the backup. The primary is killed as a process
// is, with SIGKILL and without a word.

import { setTimeout as pause } from "node:timers/promises";
import { openReactionBed, type ReactionBed, type Takeover } from "./reaction-bed.ts";
import { intervalMs, thresholdMs } from "./reaction-config.ts";
import { type Measurement, percentile } from "./report.ts";

const kills = 30;

/** More disturbed kills than this say that the machine cannot measure at all. */
const disturbedMax = 30;

/** All in milliseconds after the last heartbeat plus the threshold. */
interface Reaction {
  readonly deadMs: number;
  readonly startedMs: number;
  readonly firstInstructionMs: number;
}

export async function measureReaction(): Promise<Measurement> {
  await using bed = await openReactionBed();
  const reactions: Reaction[] = [];
  const disturbed: string[] = [];
  while (reactions.length < kills) {
    await bed.startPrimary();
    const found = await killOnce(bed);
    if (typeof found === "string") disturbed.push(found);
    else reactions.push(found);
    if (disturbed.length > disturbedMax) {
      throw new Error(`Cannot measure the reaction: ${disturbed.at(-1) ?? ""}`);
    }
  }
  return report(reactions, disturbed);
}

/** One kill in the steady state. A string says why it cannot be counted. */
async function killOnce(bed: ReactionBed): Promise<Reaction | string> {
  await bed.reachSteadyState();
  // The kill must fall anywhere between two heartbeats, not at the instant at which we saw the last
  // one.
  await pause(intervalMs * (2 + Math.random()));
  const term = await bed.reachSteadyState();
  await bed.killPrimary();
  try {
    return toReaction(await bed.findTakeover(term + 1n));
  } catch (error) {
    // The lease ended by itself just before the kill, and the term rose for that: no takeover of a
    // steady state.
    return error instanceof Error ? error.message : String(error);
  }
}

function toReaction(takeover: Takeover): Reaction {
  const dueNs = takeover.lastHeartbeatNs + BigInt(thresholdMs) * 1_000_000n;
  const afterMs = (instantNs: bigint) => Number(instantNs - dueNs) / 1e6;
  return {
    deadMs: afterMs(takeover.deadNs),
    startedMs: afterMs(takeover.startedNs),
    firstInstructionMs: afterMs(takeover.firstInstructionNs),
  };
}

function report(reactions: readonly Reaction[], disturbed: readonly string[]): Measurement {
  const started = reactions.map(({ startedMs }) => startedMs);
  const dead = reactions.map(({ deadMs }) => deadMs);
  const first = reactions.map(({ firstInstructionMs }) => firstInstructionMs);
  const earliestMs = Math.min(...dead);
  return {
    letter: "a",
    title:
      `reaction: ${kills} kills, interval ${intervalMs} ms, threshold ${thresholdMs} ms, ` +
      "counted from last heartbeat + threshold",
    figures: [
      { name: "channel STARTED, p50", value: percentile(started, 0.5), unit: "ms", goalMax: 15 },
      { name: "channel STARTED, p99", value: percentile(started, 0.99), unit: "ms", goalMax: 40 },
      { name: "DEAD told, p50", value: percentile(dead, 0.5), unit: "ms" },
      { name: "DEAD told, p99", value: percentile(dead, 0.99), unit: "ms" },
      { name: "first instruction of the channel, p50", value: percentile(first, 0.5), unit: "ms" },
      { name: "first instruction of the channel, p99", value: percentile(first, 0.99), unit: "ms" },
    ],
    notes: [
      `p99 of ${kills} values is the largest of them; STARTED, kill by kill: ` +
        started.map((value) => value.toFixed(0)).join(" "),
      `earliest DEAD: ${earliestMs.toFixed(2)} ms (below 0 would be before the threshold)`,
      `kills left out because the lease had ended just before: ${disturbed.length}`,
    ],
  };
}

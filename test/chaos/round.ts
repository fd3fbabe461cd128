// One round: faults strike, end, the bed comes to rest, and the evidence is judged.

import { sleep } from "@hot-backup/kit/stop.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { Random } from "../../sim/kernel/random.ts";
import type { ChaosBed } from "./chaos-bed.ts";
import { comeToRest, endFaults } from "./convergence.ts";
import { drawStrokes, type TimedStroke } from "./faults/draw-strokes.ts";
import { type BedVerdict, judgeBed } from "./judge-bed.ts";
import { LagMeter } from "./lag-meter.ts";
import type { Place } from "./place.ts";

export interface Round {
  readonly seed: number;
  readonly kinds: readonly string[];
  /** CLOCK_MONOTONIC: when the first fault struck, and when the bed was at rest again. */
  readonly fromNs: bigint;
  readonly untilNs: bigint;
  /** From the end of the faults. */
  readonly restMs: number;
  /** From the first fault to each DEAD. */
  readonly detectionsMs: readonly number[];
  /** Longest time for which this very process could not run. */
  readonly lagMs: number;
  readonly violations: readonly string[];
  /** Undefined where the bed did not come to rest. */
  readonly verdict: BedVerdict | undefined;
}

/** Most that a death of the primary alone may take to be told, far above the threshold. */
const deathToldWithinMs = 20_000;

/** Chance that an operator brings the channels home from where a switchover has put them. */
const homeChance = 0.5;

export async function playRound(
  bed: ChaosBed,
  { seed, place, stop }: { seed: number; place: Place; stop: AbortSignal },
): Promise<Round> {
  const random = new Random(seed);
  const strokes = drawStrokes(random.fork(), place);
  const isHomeWished = random.happens(homeChance);
  using lag = new LagMeter();
  const fromNs = process.hrtime.bigint();
  const signalsBefore = bed.signals.length;
  const violations: string[] = [];
  const mustBeTold = isPlainDeath(strokes);
  let verdict: BedVerdict | undefined;
  let endedAtMs = performance.now();
  try {
    await Promise.all(strokes.map((each) => strike(bed, each, { stop, mustBeTold })));
    endedAtMs = performance.now();
    endFaults(bed);
    verdict = await judgeAtRest(bed, isHomeWished);
    violations.push(...verdict.violations);
  } catch (error) {
    violations.push(`I4: ${error instanceof Error ? error.message : String(error)}`);
  }
  const heard = bed.signals.slice(signalsBefore);
  return {
    seed,
    kinds: strokes.map(({ stroke }) => stroke.kind),
    fromNs,
    untilNs: process.hrtime.bigint(),
    restMs: performance.now() - endedAtMs,
    detectionsMs: heard
      .filter(({ name }) => name === "DEAD")
      .map(({ atNs }) => Number(atNs - fromNs) / 1e6),
    lagMs: lag.longestMs,
    violations,
    verdict,
  };
}

// What is wrong stays wrong. What only looked so, because the bed moved on while it was looked at,
// is right at the second look.
async function judgeAtRest(bed: ChaosBed, isHomeWished: boolean): Promise<BedVerdict> {
  const fed = { orders: [...bed.feeder.fed.orders], invoices: [...bed.feeder.fed.invoices] };
  await comeToRest(bed, { fed, isHomeWished });
  const verdict = await judgeBed(bed, fed);
  if (verdict.violations.length === 0) return verdict;
  await comeToRest(bed, { fed, isHomeWished: false });
  return judgeBed(bed, fed);
}

interface StrikeOptions {
  readonly stop: AbortSignal;
  /** Whether the fault lasts until the monitor has told DEAD. */
  readonly mustBeTold: boolean;
}

async function strike(bed: ChaosBed, timed: TimedStroke, options: StrikeOptions): Promise<void> {
  const { stroke, beginMs, holdMs } = timed;
  const signalsBefore = bed.signals.length;
  await sleep(beginMs, options.stop);
  await stroke.begin(bed);
  await sleep(holdMs, options.stop);
  if (options.mustBeTold) {
    const isTold = () => bed.signals.slice(signalsBefore).some(({ name }) => name === "DEAD");
    await waitFor("DEAD of a killed primary (I6)", isTold, { withinMs: deathToldWithinMs });
  }
  await stroke.end(bed);
}

// Nothing else went wrong, so nothing excuses a monitor that does not notice.
function isPlainDeath(strokes: readonly TimedStroke[]): boolean {
  return strokes.length === 1 && strokes[0]?.stroke.kind === "killed primary";
}

// Who ran a channel, when, and under which term, judged from the witness files alone. Of the story
// it is told one thing: which machines were paused as a whole, because such a machine runs its
// channels on for the instant between its waking and the shot of the guard (docs/guarantees.md).

import { findOverlaps, type Overlap, type WitnessedRun } from "@hot-backup/testbed/evidence.ts";

/** A stretch of CLOCK_MONOTONIC in which nothing on a server ran. */
export interface Pause {
  readonly server: string;
  readonly fromNs: bigint;
  readonly untilNs: bigint;
}

/** What the runners of the protected channels have shown. */
export interface RunnersVerdict {
  readonly violations: readonly string[];
  /** Instants with two runners because a paused machine woke up, none of which did any work. */
  readonly wakings: number;
  readonly longestWakingMs: number;
}

/** How long a woken channel may live: the guard shoots at once, on a machine that may be busy. */
const wakingNsMax = 1_000_000_000n;

/** Finds every instant with two runners and every run under an older term than one before it. */
export function checkRunners(
  runs: readonly WitnessedRun[],
  pauses: readonly Pause[],
): RunnersVerdict {
  const overlaps = findOverlaps(runs);
  const wakings = overlaps.flatMap((each) => wakingOf(each, pauses) ?? []);
  const doubles = overlaps.filter((each) => wakingOf(each, pauses) === undefined);
  return {
    violations: [...doubles.map(describeOverlap), ...findFallenTerms(runs)],
    wakings: wakings.length,
    longestWakingMs: Math.max(0, ...wakings.map(toMs)),
  };
}

/** The backup's own channel may begin anew only as often as its channels service did. */
export function checkOwnWork(
  runs: readonly WitnessedRun[],
  given: { channel: string; serviceStarts: number },
): string[] {
  const begun = runs.filter((run) => run.channel === given.channel).length;
  if (begun <= given.serviceStarts) return [];
  const starts = `its channels service was started ${given.serviceStarts} times`;
  return [`I7: ${given.channel} was begun ${begun} times, but ${starts}`];
}

/** A stretch of time in which no process ran a channel. */
export interface Gap {
  readonly channel: string;
  readonly fromNs: bigint;
  readonly lengthMs: number;
}

/** Every gap between the first run of a channel and its last. */
export function findGaps(runs: readonly WitnessedRun[]): Gap[] {
  const byChannel = Object.entries(Object.groupBy(runs, (run) => run.channel));
  return byChannel.flatMap(([channel, group = []]) => {
    let coveredNs: bigint | undefined;
    return group.flatMap((run): Gap[] => {
      const fromNs = coveredNs ?? run.startNs;
      coveredNs = run.endNs > fromNs ? run.endNs : fromNs;
      return run.startNs > fromNs
        ? [{ channel, fromNs, lengthMs: toMs(run.startNs - fromNs) }]
        : [];
    });
  });
}

// How long the woken run lived beside the other one; undefined: this was no waking.
function wakingOf({ first, second }: Overlap, pauses: readonly Pause[]): bigint | undefined {
  const slept = pauses.find(({ server, fromNs, untilNs }) => {
    const isThere = first.server === server && second.server !== server;
    return isThere && first.startNs < fromNs && fromNs < second.startNs && second.startNs < untilNs;
  });
  if (slept === undefined) return undefined;
  const hasWorked = first.units.some((unit) => unit.atNs >= second.startNs);
  const livedNs = first.endNs - slept.untilNs;
  return hasWorked || livedNs > wakingNsMax ? undefined : livedNs;
}

function describeOverlap({ first, second, lengthNs }: Overlap): string {
  const runners = `${first.server} (term ${first.term}) and ${second.server} (term ${second.term})`;
  return `I1: ${first.channel} ran on ${runners} at once for ${toMs(lengthNs).toFixed(3)} ms`;
}

function findFallenTerms(runs: readonly WitnessedRun[]): string[] {
  const highest = new Map<string, bigint>();
  return runs.flatMap((run) => {
    const before = highest.get(run.channel) ?? 0n;
    if (run.term >= before) {
      highest.set(run.channel, run.term);
      return [];
    }
    return [`I2: ${run.channel} began on ${run.server} under term ${run.term} after ${before}`];
  });
}

function toMs(lengthNs: bigint): number {
  return Number(lengthNs) / 1e6;
}

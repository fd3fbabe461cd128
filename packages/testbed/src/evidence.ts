// What an exchange folder proves after the fact, from the files alone: what was lost, what was done
// twice, and when two runners of one channel overlapped. The files are described in
// examples/channels.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/**
 * One run of a channel: a process from its first instant to the last at which it was seen.
 * CLOCK_MONOTONIC.
 */
export interface WitnessedRun {
  readonly channel: string;
  readonly server: string;
  readonly term: bigint;
  readonly pid: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** False when it was killed, or still runs. */
  readonly stoppedInOrder: boolean;
  /** What it delivered, in the order in which it did. */
  readonly units: readonly WitnessedUnit[];
}

/** A file whose result a run delivered, and when it had. */
export interface WitnessedUnit {
  readonly file: string;
  readonly atNs: bigint;
}

/** A stretch of time in which two processes ran the same channel. */
export interface Overlap {
  readonly first: WitnessedRun;
  readonly second: WitnessedRun;
  readonly lengthNs: bigint;
}

/** What became of everything that was fed. */
export interface Verdict {
  readonly fed: number;
  readonly processed: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly overlaps: readonly Overlap[];
}

const nanoseconds = z.string().regex(/^\d+$/).transform(BigInt);
const line = z.union([
  z.object({ seenNs: nanoseconds }),
  z.object({
    event: z.literal("start"),
    atNs: nanoseconds,
    channel: z.string(),
    server: z.string(),
    term: nanoseconds,
    pid: z.number(),
  }),
  z.object({ event: z.literal("unit"), atNs: nanoseconds, file: z.string() }),
  z.object({ event: z.literal("stop"), atNs: nanoseconds }),
]);

/** All runs in the order in which they began. */
export function readRuns(exchangeFolder: string): WitnessedRun[] {
  const folder = join(exchangeFolder, "witness");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => readRun(join(folder, name)) ?? [])
    .toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
}

/** Every pair of runs of one channel that overlapped, the backup's own channels included. */
export function findOverlaps(runs: readonly WitnessedRun[]): Overlap[] {
  const byChannel = Object.values(Object.groupBy(runs, (run) => run.channel));
  return byChannel.flatMap((group = []) =>
    group.flatMap((first, index) =>
      group.slice(index + 1).flatMap((second) => {
        const beginNs = first.startNs > second.startNs ? first.startNs : second.startNs;
        const endNs = first.endNs < second.endNs ? first.endNs : second.endNs;
        // Both were seen at the instant itself: a run that was only seen to begin counts too.
        return endNs >= beginNs ? [{ first, second, lengthNs: endNs - beginNs }] : [];
      }),
    ),
  );
}

/** Compares what was fed with what the folder holds. */
export function judge(
  exchangeFolder: string,
  fed: Readonly<Record<string, readonly string[]>>,
): Verdict {
  const runs = readRuns(exchangeFolder);
  const lost: string[] = [];
  const duplicated: string[] = [];
  let processed = 0;
  for (const [channel, names] of Object.entries(fed)) {
    const results = new Set(
      ["outbox", "rejected"].flatMap((each) => listResults(join(exchangeFolder, channel, each))),
    );
    const delivered = runs
      .filter((run) => run.channel === channel)
      .flatMap((run) => run.units.map((unit) => unit.file));
    const times = new Map(
      Object.entries(Object.groupBy(delivered, (name) => name)).map(([name, all]) => {
        return [name, all?.length ?? 0] as const;
      }),
    );
    processed += results.size;
    lost.push(...names.filter((name) => !results.has(name.replace(/\.xml$/, ".json"))));
    duplicated.push(...names.filter((name) => (times.get(name) ?? 0) > 1));
  }
  const total = Object.values(fed).reduce((sum, names) => sum + names.length, 0);
  return { fed: total, processed, lost, duplicated, overlaps: findOverlaps(runs) };
}

// Undefined for a run that was killed before it could write its first lines: it did nothing yet.
function readRun(file: string): WitnessedRun | undefined {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").flatMap(parseLine);
  const start = lines.find((each) => "event" in each && each.event === "start");
  if (start === undefined || !("pid" in start)) return undefined;
  const instants = lines.map((each) => ("seenNs" in each ? each.seenNs : each.atNs));
  const { channel, server, term, pid, atNs: startNs } = start;
  return {
    channel,
    server,
    term,
    pid,
    startNs,
    endNs: instants.reduce((last, each) => (each > last ? each : last)),
    stoppedInOrder: lines.some((each) => "event" in each && each.event === "stop"),
    units: lines.flatMap((each) => ("file" in each ? [{ file: each.file, atNs: each.atNs }] : [])),
  };
}

// Beside its reasons a rejected input lies as it came: it is no result.
function listResults(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(".json"));
}

// A line that a kill cut short proves nothing.
function parseLine(text: string): z.infer<typeof line>[] {
  try {
    return [line.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}

// The figures of a campaign, for people and for programs.

import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { CampaignResult, PlayedRound } from "./campaign.ts";
import type { Place } from "./place.ts";

/** What `--json` writes. */
export interface Report {
  readonly rounds: number;
  readonly seed: number;
  readonly violations: readonly BrokenPromise[];
  readonly faultsByKind: Readonly<Record<string, number>>;
  readonly network: Place & {
    /** What was lost and delayed of that which passed while the network was bad. */
    readonly badLinks: {
      readonly offered: number;
      readonly lostPercent: number;
      readonly meanDelayMs: number;
    };
  };
  /** Times without a runner, by the fault that struck alone; rounds with several are one kind. */
  readonly gaps: Readonly<Record<string, Percentiles>>;
  /** From the first fault of a round to each DEAD that followed, likewise. */
  readonly detections: Readonly<Record<string, Percentiles>>;
  /** From the end of the faults to rest. */
  readonly rest: Percentiles;
  readonly failpointDeaths: Readonly<Record<string, number>>;
  /** DEAD in rounds whose faults touched neither the primary nor its network. */
  readonly unexplainedDeaths: number;
  /** Woken machines whose channels lived beside the new ones without doing any work. */
  readonly wakings: { readonly count: number; readonly longestMs: number };
  readonly evidence: Readonly<Record<"units" | "signals" | "mails" | "mailsRepeated", number>>;
  readonly beds: number;
  readonly durationSeconds: number;
  readonly machine: string;
  /** Longest time in any round for which the machine did not let the suite run. */
  readonly lagMaxMs: number;
}

interface BrokenPromise {
  readonly seed: number;
  readonly kinds: readonly string[];
  readonly texts: readonly string[];
  readonly repeat: string;
  readonly folder: string | undefined;
}

interface Percentiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly maxMs: number;
}

export function toReport(
  { rounds, beds, losses, failpointDeaths }: CampaignResult,
  given: { place: Place; seed: number; durationSeconds: number },
): Report {
  const { place, seed, durationSeconds } = given;
  const arrived = losses.offered - losses.lost;
  const last = lastOfBeds(rounds);
  const total = (of: (verdict: NonNullable<PlayedRound["verdict"]>) => number) =>
    last.reduce((sum, { verdict }) => sum + (verdict === undefined ? 0 : of(verdict)), 0);
  return {
    rounds: rounds.length,
    seed,
    violations: rounds
      .filter((each) => each.violations.length > 0)
      .map((each) => toBroken(each, place)),
    faultsByKind: countBy(rounds.flatMap((each) => each.kinds)),
    network: {
      ...place,
      badLinks: {
        offered: losses.offered,
        lostPercent: round1((100 * losses.lost) / Math.max(1, losses.offered)),
        meanDelayMs: round1(losses.delayMs / Math.max(1, arrived)),
      },
    },
    gaps: byKind(rounds, (each) => each.gapsMs),
    detections: byKind(rounds, (each) => each.detectionsMs),
    rest: percentilesOf(rounds.map((each) => each.restMs)),
    failpointDeaths: sortKeys(failpointDeaths),
    unexplainedDeaths: rounds.filter(isUnexplained).length,
    wakings: {
      count: total((verdict) => verdict.wakings),
      longestMs: Math.max(0, ...rounds.map((each) => each.verdict?.longestWakingMs ?? 0)),
    },
    evidence: {
      units: total((verdict) => verdict.units),
      signals: total((verdict) => verdict.signals),
      mails: total((verdict) => verdict.mails),
      mailsRepeated: total((verdict) => verdict.mailsRepeated),
    },
    beds,
    durationSeconds: round1(durationSeconds),
    machine: describeMachine(),
    lagMaxMs: round1(Math.max(0, ...rounds.map((each) => each.lagMs))),
  };
}

/** One line for each round, as it ends. */
export function printRound({
  seed,
  kinds,
  restMs,
  gapsMs,
  lagMs,
  violations,
  folder,
}: PlayedRound): string {
  const verdict = violations.length === 0 ? "ok    " : "BROKEN";
  const gap = gapsMs.length === 0 ? "no gap" : `gap ${(Math.max(...gapsMs) / 1000).toFixed(1)} s`;
  const rest = `rest ${(restMs / 1000).toFixed(1)} s, ${gap}, lag ${lagMs.toFixed(0)} ms`;
  const head = `${verdict} ${String(seed).padStart(6)}  ${rest.padEnd(36)}  ${kinds.join(" + ")}`;
  const logs = folder === undefined ? [] : [`         logs: ${folder}`];
  return [head, ...violations.map((each) => `         ${each}`), ...logs].join("\n");
}

export function printReport(report: Report): string {
  const { rounds, violations, network, evidence, wakings, durationSeconds } = report;
  const { units, signals, mails, mailsRepeated } = evidence;
  const { lostPercent, meanDelayMs } = network.badLinks;
  const longestMs = Math.round(wakings.longestMs);
  return [
    `${rounds} rounds in ${report.beds} beds, ${durationSeconds} s, network: ${network.network}`,
    `${units} units of work, ${signals} signals, ${mails} mails (${mailsRepeated} came again)`,
    `bad links lost ${lostPercent} % and delayed by ${meanDelayMs} ms`,
    `${wakings.count} runners woke up beside another one, for ${longestMs} ms at most`,
    "",
    "Without a runner, by the fault that struck alone",
    ...Object.entries(report.gaps).map(([kind, each]) => `  ${printPercentiles(each)}  ${kind}`),
    "",
    violations.length === 0
      ? "No promise was broken."
      : `${violations.length} rounds broke a promise:`,
    ...violations.map(({ repeat }) => `  ${repeat}`),
  ].join("\n");
}

function toBroken(broken: PlayedRound, place: Place): BrokenPromise {
  const { seed, bedSeed, kinds, violations: texts, folder, temper } = broken;
  const sabotage = temper.protection === "lease" ? "" : ` --protection ${temper.protection}`;
  const rounds = seed - bedSeed + 1;
  const words = `--seed ${bedSeed} --rounds ${rounds} --network ${place.network}${sabotage}`;
  return { seed, kinds, texts, folder, repeat: `npm run chaos -- ${words}` };
}

// The evidence of a bed grows from round to round: its last round has seen all of it.
function lastOfBeds(rounds: readonly PlayedRound[]): PlayedRound[] {
  return rounds.filter((each, index) => rounds[index + 1]?.bedSeed !== each.bedSeed);
}

// Kinds that leave the primary, its way to the monitor, and the monitor's judgement alone.
const harmless = /^(?:\w+ backup (?:channels|notify)|SMTP: .*|frozen backup monitor)$/;

function isUnexplained({ kinds, detectionsMs }: PlayedRound): boolean {
  const isHarmless = kinds.every((kind) => harmless.test(kind) && !kind.startsWith("SMTP"));
  return isHarmless && detectionsMs.length > 0;
}

function byKind(
  rounds: readonly PlayedRound[],
  valuesOf: (round: PlayedRound) => readonly number[],
): Record<string, Percentiles> {
  const kindOf = ({ kinds: [kind = "", ...more] }: PlayedRound) =>
    more.length === 0 ? kind : "several at once";
  const groups = Map.groupBy(rounds, kindOf);
  const entries = [...groups].map(([kind, group]) => [kind, group.flatMap(valuesOf)] as const);
  return Object.fromEntries(
    entries
      .filter(([, values]) => values.length > 0)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([kind, values]) => [kind, percentilesOf(values)]),
  );
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    return Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  };
  return { count: sorted.length, p50Ms: at(0.5), p90Ms: at(0.9), maxMs: at(1) };
}

function printPercentiles({ count, p50Ms, p90Ms, maxMs }: Percentiles): string {
  const figures = [p50Ms, p90Ms, maxMs].map((each) => String(each).padStart(6)).join(" ");
  return `${String(count).padStart(4)} gaps, p50 p90 max ms:${figures}`;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return sortKeys(counts);
}

function sortKeys(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

function describeMachine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const processor = `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown"}`;
  return `${processor}, ${memory}, Linux ${release()}, Node ${process.version}`;
}

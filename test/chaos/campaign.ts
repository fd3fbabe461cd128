// Many rounds in a row: a fresh bed every so many rounds, and after each that broke a promise.

import { Random } from "../../sim/kernel/random.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import type { Protection, Temper } from "./bed-config.ts";
import { type ChaosBed, openChaosBed } from "./chaos-bed.ts";
import { comeToRest } from "./convergence.ts";
import type { LossCounts } from "./network/network.ts";
import type { Place } from "./place.ts";
import { playRound, type Round } from "./round.ts";

/** Rounds that a bed goes through: it grows old, and what it has been through shapes what comes. */
const roundsPerBed = 10;

/** Both servers from nothing, on a busy machine. */
const beginWithinMs = 60_000;

/** A round in its bed. */
export interface PlayedRound extends Round {
  /** Seed of the first round of its bed: from there a repetition begins. */
  readonly bedSeed: number;
  readonly temper: Temper;
  /** Length of each gap without a runner that began in this round. */
  readonly gapsMs: readonly number[];
  /** Where the bed of a violation was left. Undefined: removed. */
  readonly folder: string | undefined;
}

export interface CampaignOptions {
  readonly place: Place;
  readonly seed: number;
  readonly rounds: number;
  readonly protection: Protection;
  readonly stop: AbortSignal;
  readonly onRound: (round: PlayedRound) => void;
}

/** What all beds have shown together. */
export interface CampaignResult {
  readonly rounds: readonly PlayedRound[];
  readonly beds: number;
  readonly losses: LossCounts;
  readonly failpointDeaths: ReadonlyMap<string, number>;
}

/** Ends early when the signal aborts. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { seed, rounds: wanted, stop } = options;
  const rounds: PlayedRound[] = [];
  const failpointDeaths = new Map<string, number>();
  let losses: LossCounts = { offered: 0, lost: 0, delayMs: 0 };
  let beds = 0;
  while (rounds.length < wanted && !stop.aborted) {
    const bedSeed = seed + rounds.length;
    // A bed ends at a seed that is a multiple, so that any round is repeated from its bed's first.
    const left = Math.min(wanted - rounds.length, roundsPerBed - (bedSeed % roundsPerBed));
    const played = await playBed({ ...options, bedSeed, rounds: left });
    beds += 1;
    rounds.push(...played.rounds);
    losses = sum(losses, played.losses);
    for (const [name, deaths] of played.failpointDeaths) {
      failpointDeaths.set(name, (failpointDeaths.get(name) ?? 0) + deaths);
    }
  }
  return { rounds, beds, losses, failpointDeaths };
}

async function playBed(options: CampaignOptions & { bedSeed: number }) {
  const { place, bedSeed, stop, onRound } = options;
  const random = new Random(bedSeed - (bedSeed % roundsPerBed)).fork();
  const temper = { ...drawTemper(random), protection: options.protection };
  await using bed = await openChaosBed(place, temper);
  const rounds: PlayedRound[] = [];
  await begin(bed);
  for (let index = 0; index < options.rounds && !stop.aborted; index += 1) {
    const round = await playRound(bed, { seed: bedSeed + index, place, stop });
    if (stop.aborted) break;
    const isBroken = round.violations.length > 0;
    const folder = isBroken ? bed.keepFolder() : undefined;
    const gapsMs = gapsOf(round);
    const played = { ...round, bedSeed, temper, gapsMs, folder };
    onRound(played);
    rounds.push(played);
    if (isBroken) break;
  }
  const losses = await bed.network.lossCounts();
  return { rounds, losses, failpointDeaths: bed.story.failpointDeaths };
}

function drawTemper(random: Random): Omit<Temper, "protection"> {
  return {
    monitorOn: random.pick(["backup", "apart"]),
    failback: random.pick(["automatic", "automatic", "manual", { after: "1s" }]),
  };
}

async function begin(bed: ChaosBed): Promise<void> {
  bed.startAll();
  try {
    await waitFor("the first LIVE", () => bed.signals.length > 0, { withinMs: beginWithinMs });
    await comeToRest(bed, { fed: {}, isHomeWished: false });
  } catch (error) {
    throw new Error(`Cannot begin: see the logs in ${bed.keepFolder()}`, { cause: error });
  }
}

function gapsOf({ verdict, fromNs, untilNs }: Round): number[] {
  const own = verdict?.gaps.filter((gap) => gap.fromNs >= fromNs && gap.fromNs <= untilNs) ?? [];
  return own.map((gap) => gap.lengthMs);
}

function sum(one: LossCounts, other: LossCounts): LossCounts {
  return {
    offered: one.offered + other.offered,
    lost: one.lost + other.lost,
    delayMs: one.delayMs + other.delayMs,
  };
}

// When which fault strikes in a story, and the end of them all.

import type { Cast } from "../cast.ts";
import type { Random } from "../kernel/random.ts";
import { serverFaults } from "./server-faults.ts";
import type { World } from "../world.ts";
import type { Ambush } from "./ambush.ts";
import { drillFaults } from "./drill-faults.ts";
import type { Fault } from "./fault.ts";
import { networkFaults } from "./network-faults.ts";
import { clearMaintenance, operatorFaults } from "./operator-faults.ts";
import { processFaults } from "./process-faults.ts";
import { programFaults } from "./program-faults.ts";

export const faults: readonly Fault[] = [
  ...networkFaults,
  ...processFaults,
  ...programFaults,
  ...operatorFaults,
  ...drillFaults,
  ...serverFaults,
];

/** Each as often as its weight says. */
const lots = lotsOf(faults);

/** Of the faults that strike where some are favoured, so many are of these kinds. */
const favouredShare = 0.6;

const strikesMax = 30;
/** Part of the faults that wait for a moment of decision, and that strike twice. */
const ambushShare = 0.5;
const echoShare = 0.25;

export interface FaultsOf {
  readonly world: World;
  /** Kinds that strike more often than others. */
  readonly favours: readonly string[];
  readonly cast: Cast;
  readonly ambush: Ambush;
  /** First and last instant at which a fault may strike. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Counts by kind. */
  readonly tally: Map<string, number>;
  /** A fault began or ended. */
  readonly changed: () => void;
}

/** Plans the faults of a story: from one to so many that they hide each other. */
export function planFaults(given: FaultsOf): void {
  const { world, ambush, fromMs, untilMs } = given;
  const random = world.random.fork();
  const strikes = 1 + random.below(strikesMax);
  const favoured = lotsOf(faults.filter(({ kind }) => given.favours.includes(kind)));
  for (let strike = 0; strike < strikes; strike += 1) {
    const isFavoured = favoured.length > 0 && random.happens(favouredShare);
    const fault = random.pick(isFavoured ? favoured : lots);
    const atMs = strike === 0 ? firstMs(fromMs, random) : random.between(fromMs, untilMs);
    const strikeSoon = () => {
      if (world.schedule.nowMs < untilMs) strikeNow(given, fault, random);
    };
    if (strike > 0 && random.happens(ambushShare)) {
      ambush.lay(strikeSoon);
      continue;
    }
    world.schedule.at(atMs, strikeSoon);
    // They like company: often one strikes into the consequences of the one before.
    if (random.happens(echoShare)) {
      world.schedule.at(atMs + random.between(50, 3000), strikeSoon);
    }
  }
}

function lotsOf(kinds: readonly Fault[]): readonly Fault[] {
  return kinds.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
}

// A story that begins badly begins badly at once.
function firstMs(fromMs: number, random: Random): number {
  return fromMs + random.between(0, 1000);
}

function strikeNow(given: FaultsOf, fault: Fault, random: Random): void {
  const { world, cast, untilMs, tally, changed } = given;
  const end = fault.begin({ world, cast, random });
  tally.set(fault.kind, (tally.get(fault.kind) ?? 0) + 1);
  changed();
  if (end === undefined) return;
  const lastsMs = lengthOf(fault, random);
  world.schedule.at(Math.min(world.schedule.nowMs + lastsMs, untilMs), () => {
    end();
    changed();
  });
}

// Half of them are as often short as long, whatever the unit: the worst instants are near each
// other.
function lengthOf({ lastsMs: [minMs, maxMs] }: Fault, random: Random): number {
  if (minMs === 0 || random.happens(0.5)) return random.between(minMs, maxMs);
  return minMs * (maxMs / minMs) ** random.next();
}

/** Nothing is broken any more: everything runs, is connected and awake. */
export function healAll({ world, cast, changed }: FaultsOf): void {
  world.trace.say("fault", "all is healed");
  for (const one of cast.machines) {
    for (const other of cast.machines) {
      if (one !== other) cast.network.heal(cast.network.link(one, other));
    }
    one.boot();
    if (one.isSuspended) {
      one.resume();
      world.tell({ kind: "machine_resumed", machine: one.name });
    }
  }
  for (const { fate } of [...cast.monitors, ...cast.channels, ...cast.notifies]) {
    fate.clear();
    fate.isFull = false;
  }
  for (const process of cast.processes) {
    process.thaw();
    process.start();
  }
  for (const { manners } of cast.channels) {
    for (const each of manners.values()) each.isStubborn = false;
  }
  for (const channels of cast.channels) channels.isUnwilling = false;
  for (const { clone } of cast.watchings) clone?.machine.cutPower();
  for (const notify of cast.notifies) notify.mood = "well";
  const random = world.random.fork();
  for (const watching of cast.watchings) clearMaintenance({ world, cast, random }, watching);
  world.tell({ kind: "healed" });
  changed();
}

// When which fault strikes in a story, and the end of them all.

import type { Cast } from "../cast.ts";
import type { Random } from "../kernel/random.ts";
import type { World } from "../world.ts";
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
];

/** Each as often as its weight says. */
const lots: readonly Fault[] = faults.flatMap((fault) =>
  Array.from({ length: fault.weight }, () => fault),
);

const strikesMax = 14;

export interface FaultsOf {
  readonly world: World;
  readonly cast: Cast;
  /** First and last instant at which a fault may strike. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Counts by kind. */
  readonly tally: Map<string, number>;
  /** A fault began or ended. */
  readonly changed: () => void;
}

/** Plans the faults of a story. Few at most: many at once would hide each other. */
export function planFaults(given: FaultsOf): void {
  const { world, fromMs, untilMs } = given;
  const random = world.random.fork();
  const strikes = 1 + random.below(strikesMax);
  for (let strike = 0; strike < strikes; strike += 1) {
    const fault = random.pick(lots);
    // They like company: often one strikes into the consequences of the one before.
    const atMs = random.between(fromMs, untilMs);
    const echoes = random.happens(0.3) ? 2 : 1;
    for (let echo = 0; echo < echoes; echo += 1) {
      const echoAtMs = atMs + echo * random.between(50, 3000);
      world.schedule.at(Math.min(echoAtMs, untilMs), () => strikeNow(given, fault, random));
    }
  }
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

// Short ones as often as long ones, whatever the unit: the worst instants are near each other.
function lengthOf({ lastsMs: [minMs, maxMs] }: Fault, random: Random): number {
  return minMs === 0 ? maxMs : minMs * (maxMs / minMs) ** random.next();
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
  for (const host of [...cast.monitors, ...cast.channels, ...cast.notifies]) host.fate.clear();
  for (const process of cast.processes) {
    process.thaw();
    process.start();
  }
  for (const { manners } of cast.channels) {
    for (const each of manners.values()) each.isStubborn = false;
  }
  for (const notify of cast.notifies) notify.mood = "well";
  const random = world.random.fork();
  for (const watching of cast.watchings) clearMaintenance({ world, cast, random }, watching);
  world.tell({ kind: "healed" });
  changed();
}

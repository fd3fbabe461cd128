// What befalls a bed in one round, and when: all of it decided by the seed of the round.

import type { Random } from "../../../sim/kernel/random.ts";
import { thresholdMs } from "../bed-config.ts";
import type { Place } from "../place.ts";
import { failpointFaults } from "./failpoint-faults.ts";
import type { Fault, Stroke } from "./fault.ts";
import { networkFaults } from "./network-faults.ts";
import { operatorFaults } from "./operator-faults.ts";
import { processFaults } from "./process-faults.ts";
import { storeFaults } from "./store-faults.ts";

/** A stroke with its instants, counted from the beginning of the round. */
export interface TimedStroke {
  readonly stroke: Stroke;
  readonly beginMs: number;
  readonly holdMs: number;
}

const faults: readonly Fault[] = [
  ...processFaults,
  ...networkFaults,
  ...storeFaults,
  ...operatorFaults,
  ...failpointFaults,
];

/** Chance that a further fault strikes in the same round, and how many there are at most. */
const companyChance = 0.3;
const strokesMax = 3;

/** Within an interval of heartbeats or two of each other: in the middle of what the first began. */
const apartMsMax = 1000;

/** Lengths of a fault, in thresholds: too short to matter, and long enough for everything. */
const holdMin = 0.3;
const holdMax = 3;

export function drawStrokes(random: Random, place: Place): TimedStroke[] {
  const possible = faults.filter((each) => each.needs?.(place) ?? true);
  const lots = possible.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  const strokes: TimedStroke[] = [];
  do {
    strokes.push({
      stroke: random.pick(lots).draw(random.fork()),
      beginMs: strokes.length === 0 ? 0 : random.between(0, apartMsMax),
      holdMs: random.between(holdMin, holdMax) * thresholdMs,
    });
  } while (strokes.length < strokesMax && random.happens(companyChance));
  return strokes;
}

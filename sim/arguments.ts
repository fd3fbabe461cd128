// What the simulator is asked for on the command line.

import { parseArgs } from "node:util";
import { isSabotage, type Sabotage, sabotages } from "./sabotages.ts";
import { isTopologyName, type TopologyName, topologyNames } from "./topology.ts";

export interface Arguments {
  readonly seeds: number;
  readonly start: number;
  /** One story, told line by line. Absent: many, told as figures. */
  readonly seed: number | undefined;
  readonly json: string | undefined;
  readonly topology: TopologyName | undefined;
  readonly sabotage: Sabotage | undefined;
  /** Ends with the first story that breaks this promise. */
  readonly until: string | undefined;
  /** A story told on purpose, by its name. */
  readonly scenario: string | undefined;
}

export const usage = `npm run sim -- [options]

  --seeds N          tell N stories (1000)
  --start SEED       begin with this seed (1)
  --seed SEED        tell one story, line by line
  --scenario NAME    tell one story of sim/scenarios, line by line
  --json FILE        write the figures to a file, too
  --topology NAME    only ${topologyNames.join(", ")}
  --until I1         end with the first story that breaks this promise
  --sabotage RULE    without one rule, to see its checker fail:
                     ${Object.keys(sabotages).join(", ")}`;

const seedMax = 2 ** 48;

/** The arguments, or what is wrong with them. */
export function readArguments(words: readonly string[]): Arguments | string {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { topology, sabotage } = values;
  const numbers = [values.seeds, values.start, values.seed ?? "0"].map(Number);
  const [seeds = 0, start = 0, seed = 0] = numbers;
  const isNumber = (each: number) => Number.isInteger(each) && each >= 0 && each <= seedMax;
  if (!numbers.every(isNumber)) return `Seeds are whole numbers from 0 to ${seedMax}`;
  if (topology !== undefined && !isTopologyName(topology)) return `No topology "${topology}"`;
  if (sabotage !== undefined && !isSabotage(sabotage)) return `No rule "${sabotage}" to sabotage`;
  const one = values.seed === undefined ? undefined : seed;
  return { ...values, seeds, start, seed: one, topology, sabotage };
}

function parse(words: readonly string[]) {
  const text = { type: "string" } as const;
  const optional = { json: undefined, until: undefined, scenario: undefined };
  const { values } = parseArgs({
    args: [...words],
    options: {
      seeds: { ...text, default: "1000" },
      start: { ...text, default: "1" },
      seed: text,
      json: text,
      topology: text,
      sabotage: text,
      until: text,
      scenario: text,
    },
  });
  return { ...optional, ...values };
}

// What the chaos suite is asked for on the command line.

import { parseArgs } from "node:util";
import { type Protection, protections } from "./bed-config.ts";
import { type NetworkKind, networkKinds } from "./network/network.ts";

export interface Arguments {
  readonly rounds: number;
  readonly seed: number;
  readonly json: string | undefined;
  readonly network: NetworkKind | undefined;
  readonly protection: Protection;
}

export const usage = `npm run chaos -- [options]

  --rounds N         play N rounds (20)
  --seed SEED        begin with the round of this seed (1)
  --json FILE        write the report to a file, too
  --network KIND     ${networkKinds.join(" or ")}; the best that there is when left out
  --protection KIND  ${protections.join(" or ")} (lease); with none, I1 must be seen to break`;

const numberMax = 2 ** 48;

/** The arguments, or what is wrong with them. */
export function readArguments(words: readonly string[]): Arguments | string {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const [rounds = 0, seed = 0] = [values.rounds, values.seed].map(Number);
  const isNumber = (each: number) => Number.isInteger(each) && each >= 0 && each <= numberMax;
  if (!isNumber(rounds) || !isNumber(seed)) {
    return `Rounds and seeds are whole numbers from 0 to ${numberMax}`;
  }
  const network = networkKinds.find((kind) => kind === values.network);
  if (values.network !== undefined && network === undefined)
    return `No network "${values.network}"`;
  const protection = protections.find((kind) => kind === values.protection);
  if (protection === undefined) return `No protection "${values.protection}"`;
  return { rounds, seed, json: values.json, network, protection };
}

function parse(words: readonly string[]) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { ...text, default: "20" },
      seed: { ...text, default: "1" },
      json: text,
      network: text,
      protection: { ...text, default: "lease" },
    },
  });
  return values;
}

// npm run sim -- --scenario NAME: tells one story of this folder, with all rules or without one.

import type { Sabotage } from "../sabotages.ts";
import type { Told } from "../told.ts";
import { brokenIn, writeTranscript } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

export async function tellScenario(name: string, without: Sabotage | undefined): Promise<Told> {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) {
    const known = scenarios.map((each) => `  ${each.name}`);
    return { text: [`No scenario "${name}". Known:`, ...known].join("\n"), isKept: false };
  }
  const text = await writeTranscript(scenario, without);
  return { text, isKept: (await brokenIn(scenario, without)).length === 0 };
}

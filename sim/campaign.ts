// Many stories in a row, and what they add up to: faults that struck, rows of the state table that
// were taken, and every broken promise with the seed that tells of it.

import { transitions } from "../services/monitor/src/core/transitions.ts";
import type { Violation } from "./fact.ts";
import type { Sabotage } from "./sabotages.ts";
import { tellStory } from "./story.ts";
import type { TopologyName } from "./topology.ts";

export interface CampaignOptions {
  readonly start: number;
  readonly seeds: number;
  readonly topology?: TopologyName | undefined;
  readonly sabotage?: Sabotage | undefined;
  /** Called after each story. True: enough. */
  readonly isEnough?: (broken: readonly Broken[], told: number) => boolean;
}

/** A story that broke a promise. */
export interface Broken {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

export interface Row {
  readonly from: string;
  readonly to: string;
  readonly on: string;
  readonly because: string;
  /** In how many stories it was taken. */
  readonly stories: number;
}

export interface CampaignResult {
  readonly told: number;
  readonly broken: readonly Broken[];
  /** How often each kind of fault struck. */
  readonly faults: ReadonlyMap<string, number>;
  readonly rows: readonly Row[];
  readonly steps: number;
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { start, seeds, topology, sabotage, isEnough } = options;
  const broken: Broken[] = [];
  const faults = new Map<string, number>();
  const taken = new Map<string, number>();
  let steps = 0;
  let told = 0;
  while (told < seeds) {
    const seed = start + told;
    const story = await tellStory({ seed, topology, sabotage });
    told += 1;
    steps += story.steps;
    for (const [kind, count] of story.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
    for (const row of story.rows) taken.set(row, (taken.get(row) ?? 0) + 1);
    if (story.violations.length > 0) broken.push({ seed, violations: story.violations });
    if (isEnough?.(broken, told) === true) break;
  }
  const rows = transitions.map(({ from, to, on, because }) => ({
    from,
    to,
    on,
    because,
    stories: taken.get(`${from} ${to} ${because}`) ?? 0,
  }));
  return { told, broken, faults, rows, steps };
}

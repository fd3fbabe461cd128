// One story: a world is built from a seed, faults strike for a while, everything heals, and the
// checkers say whether every promise was kept. The same seed tells the same story to the byte.

import type { Violation } from "./fact.ts";
import { type FaultsOf, healAll, planFaults } from "./faults/plan.ts";
import { sabotages } from "./sabotages.ts";
import { setStage, type StageOptions, tellHealth } from "./stage.ts";
import type { World } from "./world.ts";

export interface StoryOptions extends StageOptions {
  /** What happens. Absent: what chance decides. */
  readonly script?: Script;
}

/** A story that is told on purpose. */
export interface Script {
  play(faults: FaultsOf): void;
  /** When all is healed, and when the story ends. */
  readonly healAtMs: number;
  readonly endMs: number;
}

export interface StoryResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  /** How often each kind of fault struck. */
  readonly faults: ReadonlyMap<string, number>;
  /** Rows of the state table that were taken: "from to because". */
  readonly rows: ReadonlySet<string>;
  readonly steps: number;
}

/** A minute: faults in its first half, then time to come to rest. */
const chance: Script = { play: planFaults, healAtMs: 34_000, endMs: 60_000 };

/**
 * Usually faults wait until all is well for the first time, but not in this part of the stories.
 */
const earlyShare = 0.15;
const faultsFromMs = 4000;

/** Services begin one after the other, within this time. */
const beginMs = 300;

/** How soon a service that ends after the faults is started again. */
const restartMs = 300;

/** Turns of the queue of promises: more than the longest chain of the monitor's loops takes. */
const turnsPerStep = 24;

const kept = Promise.resolve();

export async function tellStory(options: StoryOptions): Promise<StoryResult> {
  const { play, healAtMs, endMs } = options.script ?? chance;
  const stage = setStage(options, endMs);
  const { world, cast, ambush } = stage;
  const { random, schedule } = world;
  const tally = new Map<string, number>();
  const changed = () => tellHealth(stage);
  for (const process of cast.processes) {
    process.onChange = () => {
      changed();
      // What was asked to stop before all healed still stops, and is started again.
      const isHealed = schedule.nowMs >= healAtMs;
      if (isHealed && !process.isRunning) schedule.after(restartMs, () => process.start());
    };
    schedule.after(random.between(0, beginMs), () => process.start());
  }
  const fromMs = random.happens(earlyShare) ? 0 : faultsFromMs;
  const { sabotage } = world;
  const favours = sabotage === undefined ? [] : (sabotages[sabotage].favours ?? []);
  const during = { fromMs, untilMs: healAtMs };
  const faults: FaultsOf = { world, cast, ambush, favours, ...during, tally, changed };
  play(faults);
  schedule.at(healAtMs, () => healAll(faults));
  await run(world, endMs);
  for (const checker of stage.checkers) checker.conclude(schedule.nowMs);
  const { lost, duplicated } = world.network.tally;
  if (lost > 0) tally.set("messages_lost", lost);
  if (duplicated > 0) tally.set("calls_doubled", duplicated);
  const { violations, rows } = stage;
  const { lines: trace } = world.trace;
  return { seed: options.seed, violations, trace, faults: tally, rows, steps: schedule.steps };
}

async function run(world: World, endMs: number): Promise<void> {
  while (world.schedule.stepUntil(endMs)) {
    if (!world.isRestless) continue;
    world.isRestless = false;
    for (let turn = 0; turn < turnsPerStep; turn += 1) await kept;
  }
}

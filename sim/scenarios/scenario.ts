// Stories told on purpose: what happens when, in the words of a transcript. Each is written to a
// text file beside this one, and a test compares them.

import type { Cast, Watching } from "../cast.ts";
import type { Sabotage } from "../sabotages.ts";
import type { FaultsOf } from "../faults/plan.ts";
import { type Script, tellStory } from "../story.ts";
import { drawTopology, type Topology, type TopologyName } from "../topology.ts";
import type { World } from "../world.ts";
import { Random } from "../kernel/random.ts";

export interface Scenario {
  /** Name of its file, and what it is about. */
  readonly name: string;
  readonly about: string;
  /** Where the rule that answers it stands. */
  readonly rule: string;
  readonly topology: TopologyName;
  /** What differs from the usual configuration. */
  readonly configuration?: Partial<Topology>;
  readonly acts: readonly Act[];
  readonly healAtMs: number;
  readonly endMs: number;
  /** Without this rule the story comes back. Absent: its loss shows only in what is told. */
  readonly without?: Sabotage;
}

export interface Act {
  readonly atMs: number;
  readonly text: string;
  do(scene: Scene): void;
}

/** Who can be acted upon: the first watched server, and everybody else through the cast. */
export interface Scene extends Watching {
  readonly world: World;
  readonly cast: Cast;
}

/** All scenarios are told with this seed. */
const seed = 1;

/** The story as it is read. */
export async function writeTranscript(scenario: Scenario, without?: Sabotage): Promise<string> {
  const { name, about, rule } = scenario;
  const { trace, violations } = await tell(scenario, without);
  const verdict =
    violations.length === 0
      ? "Every promise was kept."
      : violations.map(({ invariant, text }) => `${invariant} was broken: ${text}`).join("\n");
  return [`${name}: ${about}`, `Answered by: ${rule}`, "", ...trace, "", verdict, ""].join("\n");
}

/** Invariants that the story breaks, with all rules or without one. */
export async function brokenIn(
  scenario: Scenario,
  without: Sabotage | undefined,
): Promise<readonly string[]> {
  const { violations } = await tell(scenario, without);
  return violations.map(({ invariant }) => invariant);
}

function tell(scenario: Scenario, sabotage: Sabotage | undefined) {
  const { healAtMs, endMs } = scenario;
  const script: Script = { healAtMs, endMs, play: (faults) => play(scenario, faults) };
  const topology = configure(scenario);
  return tellStory({ seed, script, sabotage, topology, isTraced: true });
}

function configure({ topology, configuration }: Scenario): Topology {
  return {
    ...drawTopology(new Random(seed), topology),
    timing: {
      thresholdMs: 1000,
      leaseMs: 750,
      intervalMs: 200,
      stopBudgetMs: 200,
      killMarginMs: 50,
    },
    failback: { kind: "automatic" },
    flap: undefined,
    closeExpiryMs: undefined,
    takesOverOnClose: false,
    ...configuration,
  };
}

function play({ acts }: Scenario, { world, cast, changed }: FaultsOf): void {
  const [first] = cast.watchings;
  if (first === undefined) return;
  const scene: Scene = { ...first, world, cast };
  for (const { atMs, text, do: act } of acts) {
    world.schedule.at(atMs, () => {
      world.trace.say("story", text);
      act(scene);
      changed();
    });
  }
}

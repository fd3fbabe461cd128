// All stories that are told on purpose.

import { foundBySeeds } from "./found-by-seeds.ts";
import { hazards } from "./hazards.ts";
import { lateHazards } from "./late-hazards.ts";
import { memoryHazards } from "./memory-hazards.ts";
import type { Scenario } from "./scenario.ts";
import { usual } from "./usual.ts";

export const scenarios: readonly Scenario[] = [
  ...hazards,
  ...memoryHazards,
  ...lateHazards,
  ...usual,
  ...foundBySeeds,
].toSorted((one, other) => (one.name < other.name ? -1 : 1));

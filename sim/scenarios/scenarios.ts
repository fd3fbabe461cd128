// All stories that are told on purpose.

import { hazards } from "./hazards.ts";
import { memoryHazards } from "./memory-hazards.ts";
import type { Scenario } from "./scenario.ts";
import { usual } from "./usual.ts";

export const scenarios: readonly Scenario[] = [...hazards, ...memoryHazards, ...usual].toSorted(
  (one, other) => (one.name < other.name ? -1 : 1),
);

// Each checker is shown to work: without one rule it must see a broken promise within so many
// seeds. A rule that nobody misses is not needed, or not tested.

import { expect, test } from "vitest";
import { runCampaign } from "./campaign.ts";
import { type Sabotage, sabotages } from "./sabotage.ts";

const names = Object.keys(sabotages) as Sabotage[];

test.each(names)("without its rule a promise is broken: %s", { timeout: 180_000 }, async (name) => {
  const { caughtBy, seedsMax } = sabotages[name];
  const isCaught = (violations: readonly { invariant: string }[]) =>
    violations.some(({ invariant }) => invariant === caughtBy);
  const { broken } = await runCampaign({
    start: 1,
    seeds: seedsMax,
    sabotage: name,
    isEnough: (soFar) => isCaught(soFar.at(-1)?.violations ?? []),
  });
  expect(broken.filter(({ violations }) => isCaught(violations))).not.toEqual([]);
});

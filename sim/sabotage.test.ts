// Each checker is shown to work: without one rule it must see a broken promise within so many
// seeds. A rule that nobody misses is not needed, or not tested.

import { describe, expect, test } from "vitest";
import { runCampaign } from "./campaign.ts";
import { type Sabotage, sabotages } from "./sabotages.ts";
import { runSim } from "./sim-process.fixture.ts";

const names = (Object.keys(sabotages) as Sabotage[]).filter(
  (name) => sabotages[name].seedsMax !== undefined,
);
const timeout = 180_000;

describe("without its rule a promise is broken", () => {
  const atBorders = names.filter((name) => sabotages[name].edit === undefined);
  test.each(atBorders)("%s", { timeout }, async (sabotage) => {
    const { caughtBy, seedsMax: seeds = 0 } = sabotages[sabotage];
    const isCaught = ({ violations }: { violations: readonly { invariant: string }[] }) =>
      violations.some(({ invariant }) => invariant === caughtBy);
    const { broken } = await runCampaign({
      start: 1,
      seeds,
      sabotage,
      isEnough: (soFar) => soFar.length > 0 && soFar.slice(-1).every(isCaught),
    });
    expect(broken.filter(isCaught)).not.toEqual([]);
  });
});

describe("without its rule in the core a promise is broken", () => {
  const inCores = names.filter((name) => sabotages[name].edit !== undefined);
  test.concurrent.each(inCores)("%s", { timeout }, async (sabotage) => {
    const { caughtBy, seedsMax } = sabotages[sabotage];
    const asked = ["--sabotage", sabotage, "--seeds", String(seedsMax), "--until", caughtBy];
    const { output } = await runSim(asked);
    expect(output).toContain(`    ${caughtBy} at `);
  });
});

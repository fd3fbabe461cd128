// How long a property is tried, and with which seed: bounded and the same each time in `npm test`,
// longer with HOT_BACKUP_FUZZ_RUNS, another path with HOT_BACKUP_FUZZ_SEED. A failure prints its
// seed, its path and the smallest input that fast-check found.

import fc from "fast-check";

const seedUsual = 20_261_122;

/** What HOT_BACKUP_FUZZ_RUNS and HOT_BACKUP_FUZZ_SEED ask for, and how many runs are usual. */
export function campaign(runsUsual: number): { seed: number; numRuns: number; verbose: 1 } {
  const runs = Number(process.env["HOT_BACKUP_FUZZ_RUNS"] ?? runsUsual);
  const seed = Number(process.env["HOT_BACKUP_FUZZ_SEED"] ?? seedUsual);
  return { seed, numRuns: runs, verbose: 1 };
}

/** How long one property may take: 30 ms a run on a machine that is busy, and never under 20 s. */
export function patienceMs(runsUsual: number): number {
  return Math.max(20_000, campaign(runsUsual).numRuns * 30);
}

/** Tries a property; `runsUsual` times unless the environment says otherwise. */
export async function tryOut<Input>(
  input: fc.Arbitrary<Input>,
  runsUsual: number,
  judge: (input: Input) => Promise<void> | void,
): Promise<void> {
  const property = fc.asyncProperty(input, async (value) => {
    await judge(value);
  });
  await fc.assert(property, campaign(runsUsual));
}

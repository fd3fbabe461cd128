// The promises of the product over a few hundred stories, and those of the simulator itself.

import { describe, expect, test } from "vitest";
import { runCampaign } from "./campaign.ts";
import { faults } from "./faults/plan.ts";
import { toJson } from "./report.ts";
import { runSim } from "./sim-process.fixture.ts";
import { tellStory } from "./story.ts";

/** More are told by npm run sim. */
const seeds = 500;

/** A story takes some 3 ms; a busy machine takes its time. */
const timeoutMs = 120_000;

describe("a few hundred stories", async () => {
  const { broken, faults: struck, rows } = await runCampaign({ start: 1, seeds });

  test("break no promise", () => {
    const told = broken.map(({ seed, violations }) => ({
      repeat: `npm run sim -- --seed ${seed}`,
      violations: violations.map(({ invariant, text }) => `${invariant}: ${text}`),
    }));
    expect(told).toEqual([]);
  });

  test("meet every kind of fault", () => {
    const missing = faults.map(({ kind }) => kind).filter((kind) => !struck.has(kind));
    expect(missing).toEqual([]);
    expect(struck.get("messages_lost")).toBeGreaterThan(0);
    expect(struck.get("calls_doubled")).toBeGreaterThan(0);
  });

  test("take every row of the state table", () => {
    expect(rows.filter(({ stories }) => stories === 0)).toEqual([]);
  });
});

describe("a seed decides everything", () => {
  test.each([3, 28, 77, 411])(
    "seed %i tells the same story to the byte",
    { timeout: timeoutMs },
    async (seed) => {
      const first = await tellStory({ seed, isTraced: true });
      // Another story in between leaves nothing behind.
      await tellStory({ seed: seed + 1 });
      const second = await tellStory({ seed, isTraced: true });
      expect(second.trace.join("\n")).toBe(first.trace.join("\n"));
      expect(second.steps).toBe(first.steps);
    },
  );

  test("another process tells the same story to the byte", { timeout: timeoutMs }, async () => {
    const here = await tellStory({ seed: 77, isTraced: true });
    const { output } = await runSim(["--seed", "77"]);
    expect(output).toBe(`${here.trace.join("\n")}\n`);
  });

  test("a traced story is the same as an untraced one", async () => {
    const [traced, untraced] = [
      await tellStory({ seed: 5, isTraced: true }),
      await tellStory({ seed: 5 }),
    ];
    expect(untraced.steps).toBe(traced.steps);
    expect(untraced.trace).toEqual([]);
  });

  test("two seeds tell two stories", async () => {
    const one = await tellStory({ seed: 1, isTraced: true });
    const other = await tellStory({ seed: 2, isTraced: true });
    expect(one.trace).not.toEqual(other.trace);
  });
});

test("the figures for programs name their seeds, and how to repeat each violation", async () => {
  const asked = { topology: "pair", sabotage: "grant_always" } as const;
  const result = await runCampaign({ start: 1, seeds: 20, ...asked });
  const figures: unknown = JSON.parse(toJson(result, { perSecond: 300, asked }));
  expect(figures).toMatchObject({
    seeds: 20,
    perSecond: 300,
    faults: expect.any(Object),
    uncoveredRows: expect.any(Array),
    violations: expect.arrayContaining([
      expect.objectContaining({
        seed: expect.any(Number),
        invariant: "I1",
        repeat: expect.stringMatching(
          /^npm run sim -- --seed \d+ --topology pair --sabotage grant_always$/,
        ),
      }),
    ]),
  });
});

// Stories worth reading: each goes on as it was written down. After a change on purpose,
// npm run sim:scenarios writes them anew.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sabotages } from "../sabotages.ts";
import { runSim } from "../sim-process.fixture.ts";
import { scenarios } from "./scenarios.ts";
import { brokenIn, writeTranscript } from "./scenario.ts";
import { listTranscripts } from "./transcripts.ts";

describe("each story ends well, as it was written down", () => {
  test.each(scenarios)("$name: $about", async (scenario) => {
    const written = readFileSync(join(import.meta.dirname, `${scenario.name}.txt`), "utf8");
    const told = await writeTranscript(scenario);
    expect(told).toBe(written);
    expect(told).toContain("Every promise was kept.");
  });

  test("no transcript is left over from a story that nobody tells", () => {
    const names = scenarios.map(({ name }) => `${name}.txt`).toSorted();
    expect(listTranscripts()).toEqual(names);
  });
});

describe("without its rule the hazard comes back", () => {
  const answered = scenarios.flatMap((scenario) =>
    scenario.without === undefined ? [] : [{ scenario, without: scenario.without }],
  );

  const atBorders = answered.filter(({ without }) => sabotages[without].edit === undefined);
  test.each(atBorders)("$scenario.name, without $without", async ({ scenario, without }) => {
    expect(await brokenIn(scenario, without)).toContain(sabotages[without].caughtBy);
  });

  const inCores = answered.filter(({ without }) => sabotages[without].edit !== undefined);
  test.each(inCores)("$scenario.name, without $without in the core", async (told) => {
    const { scenario, without } = told;
    const { output } = await runSim(["--scenario", scenario.name, "--sabotage", without]);
    expect(output).toContain(`${sabotages[without].caughtBy} was broken: `);
  });

  test("a rule that no number of seeds shows is shown by a story", () => {
    const unseen = Object.entries(sabotages).filter(([, { seedsMax }]) => seedsMax === undefined);
    const shown = new Set<string>(answered.map(({ without }) => without));
    expect(unseen.map(([name]) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

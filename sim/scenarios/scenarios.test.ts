// Stories worth reading: each goes on as it was written down. After a change on purpose,
// npm run sim:scenarios writes them anew.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hazards } from "./hazards.ts";
import { usual } from "./usual.ts";
import { brokenWithoutRule, writeTranscript } from "./scenario.ts";
import { listTranscripts } from "./transcripts.ts";

const scenarios = [...hazards, ...usual];

describe("each hazard ends well, as it was written down", () => {
  test.each(scenarios)("$name: $about", async (scenario) => {
    const written = readFileSync(join(import.meta.dirname, `${scenario.name}.txt`), "utf8");
    const told = await writeTranscript(scenario);
    expect(told).toBe(written);
    expect(told).toContain("Every promise was kept.");
  });

  test("no transcript is left over from a story that nobody tells", () => {
    expect(listTranscripts()).toEqual(scenarios.map(({ name }) => `${name}.txt`));
  });
});

describe("without its rule the hazard comes back", () => {
  const answered = scenarios.filter(({ without }) => without !== undefined);
  test.each(answered)("$name, without $without", async (scenario) => {
    expect(await brokenWithoutRule(scenario)).not.toEqual([]);
  });
});

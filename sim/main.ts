// npm run sim -- --seeds N [--start SEED] [--json FILE]: tells N stories and reports what they
// found. npm run sim -- --seed SEED: tells one story, line by line. Exits 1 when a promise was
// broken.

import { writeFileSync } from "node:fs";
import { readArguments, usage } from "./arguments.ts";
import { runCampaign } from "./campaign.ts";
import { printReport, toJson } from "./report.ts";
import { tellStory } from "./story.ts";

const asked = readArguments(process.argv.slice(2));
if (typeof asked === "string") {
  console.error(`${asked}\n\n${usage}`);
  process.exitCode = 2;
} else if (asked.seed !== undefined) {
  const { seed, sabotage, topology } = asked;
  const { trace, violations } = await tellStory({ seed, sabotage, topology, isTraced: true });
  console.log(trace.join("\n"));
  process.exitCode = violations.length === 0 ? 0 : 1;
} else {
  const startMs = performance.now();
  const result = await runCampaign({ ...asked, isEnough: tellProgress(asked.seeds) });
  const perSecond = result.told / ((performance.now() - startMs) / 1000);
  console.log(printReport(result, { perSecond, asked }));
  if (asked.json !== undefined) writeFileSync(asked.json, toJson(result, perSecond));
  process.exitCode = result.broken.length === 0 ? 0 : 1;
}

/** A line now and then for who waits, on a terminal only. */
function tellProgress(seeds: number): (broken: readonly unknown[], told: number) => boolean {
  let toldAtMs = performance.now();
  return (broken, told) => {
    const isDue = process.stderr.isTTY && performance.now() - toldAtMs >= 1000;
    if (isDue) {
      toldAtMs = performance.now();
      process.stderr.write(`\r${told} of ${seeds} stories, ${broken.length} broken `);
    }
    return false;
  };
}

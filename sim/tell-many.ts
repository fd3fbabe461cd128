// Tells many stories, and writes what they found where people and programs read it.

import { writeFileSync } from "node:fs";
import type { Arguments } from "./arguments.ts";
import { type Broken, runCampaign } from "./campaign.ts";
import { printReport, toJson } from "./report.ts";
import type { Told } from "./told.ts";

/** Returns the report, and whether every promise was kept. */
export async function tellMany(asked: Arguments): Promise<Told> {
  const startMs = performance.now();
  const tellProgress = openProgress(asked.seeds);
  const isEnough = (broken: readonly Broken[], told: number) => {
    tellProgress(broken.length, told);
    const last = broken.at(-1);
    return last?.violations.some(({ invariant }) => invariant === asked.until) === true;
  };
  const result = await runCampaign({ ...asked, isEnough });
  const perSecond = result.told / ((performance.now() - startMs) / 1000);
  if (asked.json !== undefined) writeFileSync(asked.json, toJson(result, { perSecond, asked }));
  const text = printReport(result, { perSecond, asked });
  return { text, isKept: result.broken.length === 0 };
}

/** A line now and then for who waits, on a terminal only. */
function openProgress(seeds: number): (broken: number, told: number) => void {
  let toldAtMs = performance.now();
  return (broken, told) => {
    const isDue = process.stderr.isTTY && performance.now() - toldAtMs >= 1000;
    if (!isDue) return;
    toldAtMs = performance.now();
    process.stderr.write(`\r${told} of ${seeds} stories, ${broken} broken `);
  };
}

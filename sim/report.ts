// The figures of a campaign, for people and for programs.

import type { Broken, CampaignResult, Row } from "./campaign.ts";
import type { Sabotage } from "./sabotages.ts";
import type { TopologyName } from "./topology.ts";

/** Broken stories that are shown; the file has all of them. */
const shownMax = 20;

interface Asked {
  readonly topology: TopologyName | undefined;
  readonly sabotage: Sabotage | undefined;
}

export function printReport(
  result: CampaignResult,
  given: { perSecond: number; asked: Asked },
): string {
  const { told, broken, faults, rows, steps } = result;
  const speed = given.perSecond.toFixed(0);
  const stepsEach = (steps / Math.max(1, told)).toFixed(0);
  return [
    `${told} stories of a minute each, ${speed} per second, ${stepsEach} steps each`,
    "",
    "Faults",
    ...[...faults]
      .toSorted(byName)
      .map(([kind, count]) => `  ${String(count).padStart(8)}  ${kind}`),
    "",
    "Rows of the state table, and the stories that took them",
    ...rows.map(printRow),
    "",
    broken.length === 0 ? "No promise was broken." : `${broken.length} stories broke a promise:`,
    ...broken.slice(0, shownMax).flatMap((each) => printBroken(each, given.asked)),
    ...(broken.length > shownMax ? [`  and ${broken.length - shownMax} more`] : []),
  ].join("\n");
}

/** The same as JSON. */
export function toJson(
  result: CampaignResult,
  { perSecond, asked }: { perSecond: number; asked: Asked },
): string {
  const { told: seeds, broken, faults, rows, steps } = result;
  const uncoveredRows = rows.filter(({ stories }) => stories === 0);
  const violations = broken.flatMap(({ seed, violations }) =>
    violations.map((each) => ({ seed, ...each, repeat: repeatOf(seed, asked) })),
  );
  const figures = {
    seeds,
    violations,
    perSecond,
    faults: Object.fromEntries(faults),
    uncoveredRows,
    rows,
    stepsPerStory: steps / Math.max(1, seeds),
  };
  return `${JSON.stringify(figures, undefined, 2)}\n`;
}

function printRow({ from, on, to, stories }: Row): string {
  const note = stories === 0 ? "  NOT COVERED" : "";
  return `  ${String(stories).padStart(8)}  ${from}, ${on} -> ${to}${note}`;
}

// The command that tells the same story again.
function repeatOf(seed: number, { topology, sabotage }: Asked): string {
  const more = [
    topology === undefined ? "" : ` --topology ${topology}`,
    sabotage === undefined ? "" : ` --sabotage ${sabotage}`,
  ];
  return `npm run sim -- --seed ${seed}${more.join("")}`;
}

function printBroken({ seed, violations }: Broken, asked: Asked): string[] {
  const shown = violations.slice(0, 3).map(({ invariant, atMs, text }) => {
    return `    ${invariant} at ${(atMs / 1000).toFixed(3)} s: ${text}`;
  });
  return [`  ${repeatOf(seed, asked)}`, ...shown];
}

function byName([one]: readonly [string, number], [other]: readonly [string, number]): number {
  return one < other ? -1 : 1;
}

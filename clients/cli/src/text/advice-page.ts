// The advice on a threshold for people: what was measured, and what each threshold would give.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { ThresholdAdvice } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { printTime } from "./ages.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { printTable } from "./table.ts";

type Choice = ThresholdAdvice["choices"][number];

export function printAdvice(advice: ThresholdAdvice, paint: Paint): string[] {
  const { present, advised, choices, text } = advice;
  if (present === undefined) return [printable(text)];
  const others = choices.filter((each) => !isSame(each, advised) && !isSame(each, present));
  const named: readonly (readonly [string, Choice | undefined])[] = [
    ["present", present],
    ["advised", advised],
    ...others.map((each) => ["", each] as const),
  ];
  const rows = named.flatMap(([name, choice]) =>
    choice === undefined ? [] : [[name, ...cellsOf(choice)]],
  );
  const heading = ["", "THRESHOLD", "LEASE", "DETECTED", "AT WORST", "FALSE DEAD", "AT MOST"];
  const sentences = text.split(/(?<=\.) /).map(printable);
  return [...sentences, "", ...printTable(heading, rows, paint)];
}

function cellsOf(choice: Choice): string[] {
  return [
    printTime(choice.threshold),
    printTime(choice.lease),
    printTime(choice.detection),
    printTime(choice.detectionWorst),
    printRate(choice.falseDeadPerYear),
    printRate(choice.falseDeadPerYearAtMost),
  ];
}

function isSame(choice: Choice, other: Choice | undefined): boolean {
  return toMilliseconds(choice.threshold) === toMilliseconds(other?.threshold);
}

/** "12 a year", "1 in 40 years". */
function printRate(perYear: number): string {
  if (perYear >= 1) return `${Number(perYear.toPrecision(2))} a year`;
  if (perYear >= 0.001) return `1 in ${Number((1 / perYear).toPrecision(2))} years`;
  return "< 0.001 a year";
}

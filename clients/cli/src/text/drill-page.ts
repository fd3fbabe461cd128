// A drill for people: what was measured against what was asked for.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import {
  type Drill,
  drillKindToJSON,
  type DrillPhase,
  DrillState,
  drillStateToJSON,
  DrillVerdict,
  drillVerdictToJSON,
} from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { printBetween, printDuration, printInstant, printSpan } from "./ages.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { printNotedTable, printTable } from "./table.ts";
import type { Word } from "./words.ts";

/** A line for the beginning, and one for each phase that has ended since `before`. */
export function printEndedPhases(before: Drill | undefined, now: Drill): string[] {
  const known = new Set(endedPhases(before).map(({ name }) => name));
  const ended = endedPhases(now).filter(({ name }) => !known.has(name));
  const began = `drill ${now.drillId} by ${kindWord(now)} began ${printInstant(now.startedAt)}`;
  return [
    ...(before === undefined ? [printable(began)] : []),
    ...ended.map(({ name, took }) => printable(`  ${name.padEnd(10)}${printDuration(took)}`)),
    ...now.because.slice(before?.because.length ?? 0).map((line) => printable(`  ${line}`)),
  ];
}

function endedPhases(drill: Drill | undefined): readonly DrillPhase[] {
  return drill?.phases.filter(({ took }) => took !== undefined) ?? [];
}

/** The result of a drill that is over. */
export function printDrill(drill: Drill, paint: Paint): string[] {
  const { text, style } = stateWord(drill);
  const phases = drill.phases.map((phase) => [
    phase.name,
    printDuration(phase.objective),
    printDuration(phase.took),
    printDuration(phase.expected),
    verdictWord(phase),
    phase.note,
  ]);
  const channels = drill.channels.map(({ name, withoutRunnerOut, withoutRunnerBack }) => [
    name,
    printDuration(withoutRunnerOut),
    printDuration(withoutRunnerBack),
    printTotal(withoutRunnerOut, withoutRunnerBack),
  ]);
  const heading = ["PHASE", "OBJECTIVE", "MEASURED", "EXPECTED", "RESULT", "NOTE"];
  const isShadow = kindWord(drill) === "SHADOW";
  const outcome = isShadow
    ? `a drill now: ${text === "PASSED" ? "would pass" : "would fail"}`
    : text;
  return [
    ...printTable(heading, phases, paint),
    ...(channels.length === 0 || isShadow
      ? []
      : [
          "",
          ...printTable(
            ["WITHOUT A RUNNER", "ON THE WAY OUT", "ON THE WAY BACK", "TOGETHER"],
            channels,
            paint,
          ),
        ]),
    "",
    ...(isShadow ? [] : [`mails: ${drill.mails}`]),
    paint(style, outcome),
    ...drill.because.map((line) => printable(`  ${line}`)),
  ];
}

function printTotal(out: Duration | undefined, back: Duration | undefined): string {
  if (out === undefined || back === undefined) return "-";
  return printSpan(toMilliseconds(out) + toMilliseconds(back));
}

/** Drills: below each one what it measured, and why it failed. */
export function printDrills(drills: readonly Drill[], paint: Paint): string[] {
  const rows = drills.map((drill) => [
    drill.drillId,
    printInstant(drill.startedAt),
    kindWord(drill),
    stateWord(drill),
    printBetween(drill.startedAt, drill.endedAt ?? drill.asOf),
  ]);
  const beside = drills.map(({ phases, because }) => {
    const measured = phases.flatMap(({ name, took }) =>
      took === undefined ? [] : [`${name} ${printDuration(took)}`],
    );
    return [measured.join(", "), ...because].filter((each) => each !== "").join("; ");
  });
  const heading = ["DRILL", "BEGAN", "KIND", "STATE", "TOOK"];
  return printNotedTable({ heading, rows, beside }, paint);
}

function kindWord({ kind }: Drill): string {
  return drillKindToJSON(kind).replace("DRILL_KIND_", "");
}

function stateWord({ state }: Drill): Word {
  const text = drillStateToJSON(state).replace("DRILL_STATE_", "");
  if (state === DrillState.DRILL_STATE_PASSED) return { text, style: "good" };
  return { text, style: state === DrillState.DRILL_STATE_FAILED ? "bad" : "warning" };
}

function verdictWord({ verdict }: DrillPhase): Word {
  const text = drillVerdictToJSON(verdict).replace("DRILL_VERDICT_", "").replace("_", " ");
  if (verdict === DrillVerdict.DRILL_VERDICT_PASSED) return { text, style: "good" };
  return { text, style: verdict === DrillVerdict.DRILL_VERDICT_FAILED ? "bad" : "quiet" };
}

import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  Drill,
  DrillKind,
  DrillState,
  DrillVerdict,
} from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { expect, test } from "vitest";
import { printDrill, printDrills, printEndedPhases } from "./drill-page.ts";
import { createPaint } from "./paint.ts";

const paint = createPaint(false);
const startedAt = new Date("2026-11-22T21:10:43Z");

function drill(fields: Parameters<typeof Drill.fromPartial>[0] = {}): Drill {
  return Drill.fromPartial({
    drillId: "primary-1-drill-2",
    serverId: "primary-1",
    kind: DrillKind.DRILL_KIND_SWITCHOVER,
    state: DrillState.DRILL_STATE_RUNNING,
    startedAt,
    ...fields,
  });
}

const release = {
  name: "release",
  took: toDuration(300),
  verdict: DrillVerdict.DRILL_VERDICT_PASSED,
};
const start = { name: "start", verdict: DrillVerdict.DRILL_VERDICT_OPEN };

test("a phase is told once, when it has ended, and a trouble when it comes", () => {
  const began = drill({ phases: [{ name: "release" }, start] });
  const lines = printEndedPhases(undefined, began);
  expect(lines).toEqual(["drill primary-1-drill-2 by SWITCHOVER began 2026-11-22 21:10:43Z"]);
  const released = drill({ phases: [release, start] });
  expect(printEndedPhases(began, released)).toEqual(["  release   0.30 s"]);
  expect(printEndedPhases(released, released)).toEqual([]);
  const troubled = drill({ phases: [release, start], because: ["the printer\nburns"] });
  expect(printEndedPhases(released, troubled)).toEqual(["  the printer burns"]);
});

test("the result says how long each channel had no runner, and why it failed", () => {
  const took = { withoutRunnerOut: toDuration(900), withoutRunnerBack: toDuration(1200) };
  const page = printDrill(
    drill({
      state: DrillState.DRILL_STATE_FAILED,
      phases: [release],
      channels: [{ name: "orders", ...took }, { name: "unseen" }],
      because: ["The start took 6.00 s: the objective is 5.00 s"],
    }),
    paint,
  );
  expect(page).toContain("orders            0.90 s          1.2 s            2.1 s");
  expect(page).toContain("unseen            -               -                -");
  expect(page.slice(-2)).toEqual(["FAILED", "  The start took 6.00 s: the objective is 5.00 s"]);
});

test("a shadow drill says what would be, and nothing of mails and channels", () => {
  const kind = DrillKind.DRILL_KIND_SHADOW;
  const passed = drill({ kind, state: DrillState.DRILL_STATE_PASSED, channels: [{ name: "a" }] });
  const page = printDrill(passed, paint);
  expect(page.at(-1)).toBe("a drill now: would pass");
  expect(page.join("\n")).not.toMatch(/mails|RUNNER/);
});

test("a list has a line for each, and below it what was measured and why it failed", () => {
  const endedAt = new Date(startedAt.getTime() + 3300);
  const ended = drill({ endedAt, phases: [release, start], because: ["one", "two"] });
  expect(printDrills([ended], paint)).toEqual([
    "DRILL              BEGAN                 KIND        STATE    TOOK",
    "primary-1-drill-2  2026-11-22 21:10:43Z  SWITCHOVER  RUNNING  3.3 s",
    "    release 0.30 s; one; two",
  ]);
});

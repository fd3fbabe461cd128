import { toDuration } from "@hot-backup/kit/duration.ts";
import { ThresholdAdvice } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, test } from "vitest";
import { printAdvice } from "./advice-page.ts";
import { createPaint } from "./paint.ts";

const plain = createPaint(false);

function choice(thresholdMs: number, falseDeadPerYear: number) {
  return {
    threshold: toDuration(thresholdMs),
    lease: toDuration(thresholdMs - 51),
    detection: toDuration(thresholdMs - 50),
    detectionWorst: toDuration(thresholdMs + 1),
    falseDeadPerYear,
    falseDeadPerYearAtMost: falseDeadPerYear * 3,
  };
}

test("the present and the advised threshold come first, and no choice comes twice", () => {
  const advice = ThresholdAdvice.fromPartial({
    present: choice(1000, 0.00001),
    advised: choice(300, 0.5),
    choices: [choice(280, 12), choice(300, 0.5), choice(1000, 0.00001)],
    text: "20000 gaps in 33 min. It holds as long as nothing changes.",
  });
  expect(printAdvice(advice, plain)).toEqual([
    "20000 gaps in 33 min.",
    "It holds as long as nothing changes.",
    "",
    "         THRESHOLD  LEASE   DETECTED  AT WORST  FALSE DEAD      AT MOST",
    "present  1 s        949 ms  950 ms    1 s       < 0.001 a year  < 0.001 a year",
    "advised  300 ms     249 ms  250 ms    301 ms    1 in 2 years    1.5 a year",
    "         280 ms     229 ms  230 ms    281 ms    12 a year       36 a year",
  ]);
});

test("where there is no advice only the reason is told", () => {
  const advice = ThresholdAdvice.fromPartial({ text: "Too few heartbeats for advice" });
  expect(printAdvice(advice, plain)).toEqual(["Too few heartbeats for advice"]);
});

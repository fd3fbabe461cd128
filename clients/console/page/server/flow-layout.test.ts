import { describe, expect, test } from "vitest";
import { type Box, type FlowLayout, layOutFlow } from "./flow-layout.ts";

function boxesOf({ signals, decision, cases }: FlowLayout): Box[] {
  const inCases = cases.flatMap(({ head, steps }) => [head, ...steps]);
  return [...signals.map(({ box }) => box), decision, ...inCases];
}

function overlaps(a: Box, b: Box): boolean {
  const isBeside = a.xPx + a.widthPx <= b.xPx || b.xPx + b.widthPx <= a.xPx;
  return !isBeside && a.yPx < b.yPx + b.heightPx && b.yPx < a.yPx + a.heightPx;
}

describe.each([280, 360, 700, 1100, 1400])("a flow drawn %d px wide", (widthPx) => {
  const shapes = [[], [0], [2, 2, 1], [1, 0, 7, 3, 3], Array.from({ length: 12 }, () => 4)];
  test.each(shapes)("stays inside, and no two parts of it overlap", (...stepCounts) => {
    const layout = layOutFlow(stepCounts, widthPx);
    const boxes = boxesOf(layout);
    for (const [index, box] of boxes.entries()) {
      expect(box.xPx).toBeGreaterThanOrEqual(0);
      expect(box.xPx + box.widthPx).toBeLessThanOrEqual(widthPx + 0.001);
      expect(box.yPx + box.heightPx).toBeLessThanOrEqual(layout.heightPx);
      for (const other of boxes.slice(index + 1)) expect(overlaps(box, other)).toBe(false);
    }
  });
});

test("cases stand beside each other where there is room, and below each other where not", () => {
  const heads = (widthPx: number) => layOutFlow([1, 1, 1], widthPx).cases.map(({ head }) => head);
  expect(new Set(heads(1200).map(({ yPx }) => yPx)).size).toBe(1);
  expect(new Set(heads(320).map(({ xPx }) => xPx)).size).toBe(1);
});

test("a line leads from each signal to the switch, to each case, and on to each step", () => {
  const { edges } = layOutFlow([2, 0, 1], 1000);
  expect(edges.map(({ to }) => to)).toEqual([
    { kind: "switch", signal: "LIVE" },
    { kind: "switch", signal: "DEAD" },
    { kind: "switch", signal: "CLOSE" },
    { kind: "case", caseIndex: 0 },
    { kind: "case", caseIndex: 1 },
    { kind: "case", caseIndex: 2 },
    { kind: "step", caseIndex: 0, stepIndex: 0 },
    { kind: "step", caseIndex: 0, stepIndex: 1 },
    { kind: "step", caseIndex: 2, stepIndex: 0 },
  ]);
});

// Where the parts of a flow are drawn: the signals on top, the decision switch below them, and a
// column for each case with its steps in order. What does not fit beside stands below.

import type { SignalWord } from "../../src/view/signal.ts";

export interface Box {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A line of the graph, and what it leads to. */
export interface Edge {
  /** Data of an SVG path. */
  readonly path: string;
  readonly to: EdgeEnd;
}

export type EdgeEnd =
  | { readonly kind: "switch"; readonly signal: SignalWord }
  | { readonly kind: "case"; readonly caseIndex: number }
  | { readonly kind: "step"; readonly caseIndex: number; readonly stepIndex: number };

export interface FlowLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly signals: readonly { readonly signal: SignalWord; readonly box: Box }[];
  readonly decision: Box;
  readonly cases: readonly { readonly head: Box; readonly steps: readonly Box[] }[];
  readonly edges: readonly Edge[];
}

const signalOrder: readonly SignalWord[] = ["LIVE", "DEAD", "CLOSE"];

/** A case is as wide as a line of words needs, and no wider than is read at a glance. */
const columnMinPx = 216;
const columnMaxPx = 320;
const gapPx = 24;
/** Where lines pass the cases above on their way to those below. */
const gutterPx = 20;
const signalHeightPx = 32;
const decisionHeightPx = 48;
const decisionMaxPx = 420;
const headHeightPx = 44;
const stepHeightPx = 76;
const stepGapPx = 20;
const levelGapPx = 44;

/** Lays out cases with these numbers of steps. */
export function layOutFlow(stepCounts: readonly number[], widthPx: number): FlowLayout {
  const grid = layOutColumns(stepCounts.length, widthPx);
  const signals = layOutSignals(widthPx);
  const decisionWidthPx = Math.min(decisionMaxPx, widthPx);
  const decision = {
    xPx: (widthPx - decisionWidthPx) / 2,
    yPx: signalHeightPx + levelGapPx,
    widthPx: decisionWidthPx,
    heightPx: decisionHeightPx,
  };
  const cases: { head: Box; steps: Box[] }[] = [];
  let topPx = bottomOf(decision) + levelGapPx;
  let bottomPx = bottomOf(decision);
  for (const [index, count] of stepCounts.entries()) {
    const column = index % grid.columns;
    if (index > 0 && column === 0) topPx = bottomPx + levelGapPx;
    const xPx = grid.leftPx + column * (grid.columnPx + gapPx);
    const next = layOutCase({ xPx, yPx: topPx, widthPx: grid.columnPx }, count);
    cases.push(next);
    bottomPx = Math.max(bottomPx, bottomOf(next.steps.at(-1) ?? next.head));
  }
  const parts = { signals, decision, cases };
  return { widthPx, heightPx: bottomPx + 1, ...parts, edges: drawEdges(parts, grid.columns) };
}

function layOutColumns(count: number, widthPx: number) {
  const fitting = Math.max(1, Math.floor((widthPx + gapPx) / (columnMinPx + gapPx)));
  const columns = Math.max(1, Math.min(count, fitting));
  // Cases that stand below need room for their lines.
  const roomPx = count > columns ? widthPx - gutterPx : widthPx;
  const columnPx = Math.min(columnMaxPx, (roomPx - (columns - 1) * gapPx) / columns);
  const usedPx = columns * columnPx + (columns - 1) * gapPx;
  const leftPx = count > columns ? gutterPx : (widthPx - usedPx) / 2;
  return { columns, columnPx, leftPx };
}

function layOutSignals(widthPx: number): FlowLayout["signals"] {
  const count = signalOrder.length;
  const eachPx = Math.min(120, (widthPx - (count - 1) * gapPx) / count);
  const leftPx = (widthPx - count * eachPx - (count - 1) * gapPx) / 2;
  return signalOrder.map((signal, index) => {
    const xPx = leftPx + index * (eachPx + gapPx);
    return { signal, box: { xPx, yPx: 0, widthPx: eachPx, heightPx: signalHeightPx } };
  });
}

function layOutCase({ xPx, yPx, widthPx }: Omit<Box, "heightPx">, count: number) {
  const head = { xPx, yPx, widthPx, heightPx: headHeightPx };
  const steps = Array.from({ length: count }, (_, index) => ({
    xPx,
    yPx: bottomOf(head) + stepGapPx + index * (stepHeightPx + stepGapPx),
    widthPx,
    heightPx: stepHeightPx,
  }));
  return { head, steps };
}

function drawEdges(
  { signals, decision, cases }: Pick<FlowLayout, "signals" | "decision" | "cases">,
  columns: number,
): Edge[] {
  const toSwitch = signals.map(({ signal, box }, index): Edge => {
    const along = (index + 1) / (signals.length + 1);
    const end = { xPx: decision.xPx + along * decision.widthPx, yPx: decision.yPx };
    return { path: curve(bottomCenter(box), end), to: { kind: "switch", signal } };
  });
  const toCases = cases.map(({ head }, caseIndex): Edge => {
    const isBeside = caseIndex < columns;
    const path = isBeside ? curve(bottomCenter(decision), topCenter(head)) : bend(decision, head);
    return { path, to: { kind: "case", caseIndex } };
  });
  const toSteps = cases.flatMap(({ head, steps }, caseIndex) =>
    steps.map((step, stepIndex): Edge => {
      const from = bottomCenter(steps[stepIndex - 1] ?? head);
      return { path: curve(from, topCenter(step)), to: { kind: "step", caseIndex, stepIndex } };
    }),
  );
  return [...toSwitch, ...toCases, ...toSteps];
}

interface Point {
  readonly xPx: number;
  readonly yPx: number;
}

function curve(from: Point, to: Point): string {
  const middlePx = (from.yPx + to.yPx) / 2;
  return (
    `M${from.xPx} ${from.yPx}` +
    `C${from.xPx} ${middlePx} ${to.xPx} ${middlePx} ${to.xPx} ${to.yPx}`
  );
}

// Down along the left edge, past the cases above.
function bend(decision: Box, head: Box): string {
  const gutterX = gutterPx / 2;
  const startPx = bottomOf(decision) + levelGapPx / 3;
  const from = bottomCenter(decision);
  return (
    `M${from.xPx} ${from.yPx}V${startPx}H${gutterX}` +
    `V${head.yPx + head.heightPx / 2}H${head.xPx}`
  );
}

function bottomOf({ yPx, heightPx }: Box): number {
  return yPx + heightPx;
}

function bottomCenter(box: Box): Point {
  return { xPx: box.xPx + box.widthPx / 2, yPx: bottomOf(box) };
}

function topCenter(box: Box): Point {
  return { xPx: box.xPx + box.widthPx / 2, yPx: box.yPx };
}

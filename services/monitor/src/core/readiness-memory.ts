// What has been found of one server's readiness, look by look, and what of it lasts. A check that
// flaps must not flood anybody with mail: a problem lasts once it has stood for a while, and is
// over once it has been away for a longer while.

import { keyOf, type ReadinessProblem } from "./standby-readiness.ts";

/** A problem with its history. */
export interface KnownProblem extends ReadinessProblem {
  /** Wall clock of the look that found it first. */
  readonly sinceWallMs: number;
  readonly firstMs: number;
  /** The last look that found it. */
  readonly lastMs: number;
}

/** One server's readiness. */
export interface ReadinessMemory {
  /** By key. */
  readonly problems: ReadonlyMap<string, KnownProblem>;
  /** The last look. Undefined: none in this life of the monitor. */
  readonly looked: { readonly nowMs: number; readonly wallMs: number } | undefined;
}

/** A problem that people have been told of. */
export type ToldProblem = ReadinessProblem & { readonly sinceWallMs: number };

/** How long a problem has to stand before it lasts, in periods: three looks see it. */
const standsPeriods = 1.5;

/** How long it has to be away before it is over, in periods. */
const awayPeriods = 5;

/** A new life of the monitor: what people were told lasts until it has been away for so long. */
export function recallReadiness(told: readonly ToldProblem[], nowMs: number): ReadinessMemory {
  const problems = told.map((each) => {
    const known = { ...each, firstMs: Number.NEGATIVE_INFINITY, lastMs: nowMs };
    return [keyOf(each), known] as const;
  });
  return { problems: new Map(problems), looked: undefined };
}

/** Takes in what one look has found. */
export function noteLook(
  before: ReadinessMemory,
  found: readonly ReadinessProblem[],
  look: { nowMs: number; wallMs: number; everyMs: number },
): ReadinessMemory {
  const { nowMs, wallMs } = look;
  const problems = new Map<string, KnownProblem>();
  for (const [key, known] of before.problems) {
    if (nowMs - known.lastMs < awayPeriods * look.everyMs) problems.set(key, known);
  }
  for (const problem of found) {
    const key = keyOf(problem);
    const known = before.problems.get(key);
    const { firstMs, sinceWallMs } = known ?? { firstMs: nowMs, sinceWallMs: wallMs };
    problems.set(key, { ...problem, firstMs, sinceWallMs, lastMs: nowMs });
  }
  return { problems, looked: { nowMs, wallMs } };
}

/** What the last look found. */
export function problemsNow({ problems, looked }: ReadinessMemory): readonly KnownProblem[] {
  if (looked === undefined) return [];
  return sorted([...problems.values()].filter(({ lastMs }) => lastMs === looked.nowMs));
}

/** What people should know of. */
export function lastingProblems(
  { problems }: ReadinessMemory,
  everyMs: number,
): readonly KnownProblem[] {
  const standsMs = standsPeriods * everyMs;
  return sorted([...problems.values()].filter((each) => each.lastMs - each.firstMs >= standsMs));
}

/** Whether two lists name the same problems. */
export function isSameList(
  one: readonly ReadinessProblem[],
  other: readonly ReadinessProblem[],
): boolean {
  const keys = new Set(one.map(keyOf));
  return one.length === other.length && other.every((each) => keys.has(keyOf(each)));
}

function sorted(problems: readonly KnownProblem[]): readonly KnownProblem[] {
  return problems.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

import { expect, test } from "vitest";
import {
  isSameList,
  lastingProblems,
  noteLook,
  problemsNow,
  recallReadiness,
  type ReadinessMemory,
} from "./readiness-memory.ts";

const everyMs = 30_000;
const problem = (subject: string) => ({ subject, reason: "PORT_IN_USE", text: "in use" });

/** Looks every period, as long as there are findings; each is a list of subjects. */
function look(memory: ReadinessMemory, found: readonly string[][], fromMs = 0) {
  let after = memory;
  const lasting: string[][] = [];
  for (const [index, subjects] of found.entries()) {
    const nowMs = fromMs + index * everyMs;
    const now = { nowMs, wallMs: 1e12 + nowMs, everyMs };
    after = noteLook(after, subjects.map(problem), now);
    lasting.push(lastingProblems(after, everyMs).map(({ subject }) => subject));
  }
  return { memory: after, lasting };
}

const fresh = recallReadiness([], 0);

test("what a look finds is told at once, since when it was found first", () => {
  const { memory } = look(fresh, [[], ["b/x"], ["b/x", "b/y"]]);
  expect(problemsNow(memory)).toMatchObject([
    { subject: "b/x", sinceWallMs: 1e12 + 30_000 },
    { subject: "b/y", sinceWallMs: 1e12 + 60_000 },
  ]);
  expect(problemsNow(look(memory, [[]], 90_000).memory)).toEqual([]);
});

test("a problem lasts when three looks in a row have seen it", () => {
  expect(look(fresh, [["b/x"], ["b/x"], ["b/x"]]).lasting).toEqual([[], [], ["b/x"]]);
});

test("a problem is over when it has been away for five periods", () => {
  const { memory } = look(fresh, [["b/x"], ["b/x"], ["b/x"]]);
  const { lasting } = look(memory, [[], [], [], [], [], []], 90_000);
  expect(lasting).toEqual([["b/x"], ["b/x"], ["b/x"], ["b/x"], [], []]);
});

test("a check that flaps becomes one problem that lasts, and never one that comes and goes", () => {
  const flapping = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ["b/x"] : []));
  const { lasting } = look(fresh, flapping);
  const changes = lasting.filter(
    (each, index) => each.length !== (lasting[index - 1] ?? []).length,
  );
  expect(changes).toEqual([["b/x"]]);
});

test("one look that finds something is nobody's news", () => {
  const { lasting } = look(fresh, [["b/x"], [], [], [], [], [], [], []]);
  expect(lasting.flat()).toEqual([]);
});

test("what people were told outlives a restart of the monitor, until it is over", () => {
  const told = [{ ...problem("b/x"), sinceWallMs: 7 }];
  const recalled = recallReadiness(told, 0);
  expect(problemsNow(recalled)).toEqual([]);
  const { lasting, memory } = look(recalled, [["b/x"], ["b/x"]]);
  expect(lasting).toEqual([["b/x"], ["b/x"]]);
  expect(problemsNow(memory)).toMatchObject([{ sinceWallMs: 7 }]);
  const gone = look(recalled, [[], [], [], [], [], []]);
  expect(gone.lasting).toEqual([["b/x"], ["b/x"], ["b/x"], ["b/x"], ["b/x"], []]);
});

test("lists are the same when they name the same problems, whatever their words", () => {
  const same = [{ ...problem("b/x"), text: "other words" }];
  expect(isSameList([problem("b/x")], same)).toBe(true);
  expect(isSameList([problem("b/x")], [problem("b/y")])).toBe(false);
  expect(isSameList([], [problem("b/y")])).toBe(false);
});

import { expect, test, vi } from "vitest";
import { sampleDocuments } from "./sample-documents.ts";
import { tryExpression } from "./xpath-trial.ts";
import { evaluateSwitch } from "./xpath.ts";

// A trial starts a process, which takes seconds while other tests have the machine.
vi.setConfig({ testTimeout: 60_000 });

const burning = "string(some $x in 1 to 100000000 satisfies $x < 0)";
const documents = sampleDocuments("primary-1").map(({ text }) => text);

test("an expression that decides every sample quickly is trusted", async () => {
  expect(await tryExpression("concat(/signal, /signal/@reason)", documents)).toBe("");
});

// Which of its limits an expression meets first depends on the machine.
const overdone = /^must be decided within (20 ms|1000 ms|64 MB of memory)$/;

test("an expression that burns is refused, and the main thread goes on meanwhile", async () => {
  let beats = 0;
  const heart = setInterval(() => (beats += 1), 10);
  try {
    expect(await tryExpression(burning, documents)).toMatch(overdone);
    expect(beats).toBeGreaterThan(3);
  } finally {
    clearInterval(heart);
  }
});

test.each([
  ["time", "string(count((1 to 20000)[. mod 2 = 0]))"],
  ["memory", "string(count(string-to-codepoints(string-join((1 to 5000000) ! string(.)))))"],
])("an expression that ends but takes too much %s is refused", async (_, expression) => {
  expect(await tryExpression(expression, documents)).toMatch(overdone);
});

test("an expression that outgrows the engine itself ends its own process only", async () => {
  // One function of the engine allocates all of it, so that no thread can be stopped in between.
  const expression =
    "string(count(string-to-codepoints(string-join((1 to 3000000) ! 'abcdefgh'))))";
  for (let round = 0; round < 3; round += 1) {
    expect(await tryExpression(expression, documents)).toMatch(overdone);
  }
});

test("text that is no XPath is refused with the place of the fault", async () => {
  expect(await tryExpression("/signal[", documents)).toBe(
    "is no XPath: it breaks at line 1, column 8 of the expression",
  );
});

test("an expression that fails on a sample is refused with the reason", async () => {
  expect(await tryExpression("nothing(/signal)", documents)).toMatch(
    /^fails on a signal document: XPST0017: Function .*nothing/,
  );
});

test.each(["current-dateTime()", "let $f := current-time#0 return $f()", "fn:trace(/signal)"])(
  "an expression that does not depend on the document alone is refused: %s",
  async (expression) => {
    expect(await tryExpression(expression, documents)).toMatch(
      /must depend on the signal document/,
    );
  },
);

test("an expression of more than 1000 characters is refused unread", async () => {
  const fault = await tryExpression(`${"(".repeat(600)}1${")".repeat(600)}`, documents);
  expect(fault).toBe("must be at most 1000 characters long");
});

test("a third trial at a time is turned away", async () => {
  const expression = "upper-case(/signal)";
  const trials = [1, 2, 3].map(() => tryExpression(expression, documents));
  const outcomes = await Promise.allSettled(trials);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(outcomes[2]).toMatchObject({ reason: { reason: "TOO_MANY_TRIALS" } });
});

test("a decision is far quicker than the deadline that it is made at", () => {
  const document = documents[0] ?? "";
  const expression = "if (/signal/@server = 'x') then 'A' else /signal";
  evaluateSwitch(expression, document);
  const durationsMs = Array.from({ length: 500 }, () => {
    const beganMs = performance.now();
    evaluateSwitch(expression, document);
    return performance.now() - beganMs;
  });
  // The median, because the machine does other things too.
  expect(durationsMs.toSorted((a, b) => a - b)[250]).toBeLessThan(0.3);
});

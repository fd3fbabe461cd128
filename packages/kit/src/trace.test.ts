import { expect, test } from "vitest";
import { childTrace, readTraceparent, rootTrace, writeTraceparent } from "./trace.ts";

// The example of section 3.2.2.5 of the recommendation.
const example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test("a header is read as it was written", () => {
  const trace = {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    isSampled: true,
  };
  expect(readTraceparent(example)).toEqual(trace);
  expect(writeTraceparent(trace)).toBe(example);
  const unsampled = `${example.slice(0, -2)}00`;
  expect(readTraceparent(unsampled)).toEqual({ ...trace, isSampled: false });
  expect(writeTraceparent({ ...trace, isSampled: false })).toBe(unsampled);
});

test("of the flags only the one that is known counts", () => {
  expect(readTraceparent(`${example.slice(0, -2)}fe`)?.isSampled).toBe(false);
  expect(readTraceparent(`${example.slice(0, -2)}03`)?.isSampled).toBe(true);
});

test("a later version is read as far as this one goes", () => {
  const known = readTraceparent(example);
  expect(readTraceparent(`cc${example.slice(2)}`)).toEqual(known);
  expect(readTraceparent(`cc${example.slice(2)}-what-the-future-holds`)).toEqual(known);
  expect(readTraceparent(`cc${example.slice(2)}.what-the-future-holds`)).toBeUndefined();
});

test.each([
  ["nothing", ""],
  ["a version that is forbidden", `ff${example.slice(2)}`],
  ["a trace of zeroes", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
  ["a parent of zeroes", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"],
  ["capital letters", example.toUpperCase()],
  ["a digit too few", example.slice(0, -1)],
  ["more than version 00 has", `${example}-`],
  ["spaces", ` ${example}`],
  ["a line break", `${example}\n`],
  ["no dashes", example.replaceAll("-", "_")],
  ["a novel", `cc${example.slice(2)}-${"x".repeat(600)}`],
])("a header with %s is ignored", (_what, header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

test("what is derived is a header that everybody reads, and the same each time", () => {
  const signal = rootTrace("primary-1-2-signal");
  expect(signal).toEqual(rootTrace("primary-1-2-signal"));
  expect(readTraceparent(writeTraceparent(signal))).toEqual(signal);
  const step = childTrace(signal, "step 0, attempt 1");
  expect(step).toEqual(childTrace(signal, "step 0, attempt 1"));
  expect(readTraceparent(writeTraceparent(step))).toEqual(step);
});

test("a trace holds all of its work, and each piece is told from the others", () => {
  const signal = rootTrace("primary-1-2-signal");
  const first = childTrace(signal, "step 0, attempt 1");
  const second = childTrace(signal, "step 0, attempt 2");
  const elsewhere = childTrace(rootTrace("primary-1-3-signal"), "step 0, attempt 1");
  expect([first.traceId, second.traceId]).toEqual([signal.traceId, signal.traceId]);
  expect(elsewhere.traceId).not.toBe(signal.traceId);
  const below = childTrace(first, "step 0, attempt 1");
  const spans = [signal, first, second, elsewhere, below].map(({ spanId }) => spanId);
  expect(new Set(spans).size).toBe(5);
});

test("who does not record says so, and so does all that follows", () => {
  const unrecorded = { ...rootTrace("x"), isSampled: false };
  expect(childTrace(unrecorded, "y").isSampled).toBe(false);
});

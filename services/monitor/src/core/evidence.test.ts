import { expect, test } from "vitest";
import { type Evidence, evidenceInWords } from "./evidence.ts";

const evidence: Evidence = {
  sinceGoodMs: 1000.66,
  gapsMs: [201.2, 111_151],
  stallMs: 3.4,
  notGood: "",
  thresholdMs: 1000,
  goodCount: 2,
};

test("what is compared with a threshold is told in milliseconds, an absence in seconds", () => {
  expect(evidenceInWords(evidence)).toBe(
    "last good heartbeat 1000.7 ms before; gaps before it, newest first: 201 ms, 111.2 s; " +
      "threshold: 1000 ms; longest stall of the monitor: 3 ms",
  );
});

test("that there was no good heartbeat is said in words", () => {
  expect(evidenceInWords({ ...evidence, sinceGoodMs: undefined, gapsMs: [] })).toContain(
    "no good heartbeat since the monitor started; gaps before it, newest first: none",
  );
});

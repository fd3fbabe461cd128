import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDenials } from "./denials.ts";
import { freshMs } from "./log-limit.ts";
import { openMemoryLog } from "./wire.fixture.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const denial = { reason: "NO_CERTIFICATE", because: "it has shown none", peer: "10.0.0.9:4000" };

test("the same denial is told once a minute, and the others as a number when it is over", () => {
  const { log, logged } = openMemoryLog();
  const denials = createDenials(log);
  for (const port of [1, 2, 3]) denials.note({ ...denial, peer: `10.0.0.9:${port}` });
  expect(logged).toHaveLength(1);
  vi.advanceTimersByTime(freshMs);
  expect(logged).toHaveLength(2);
  expect(logged[1]).toMatch(/"untold":2,"denials":3.*"Denied again"/);
});

test("where every denial was told nothing is told once more", () => {
  const { log, logged } = openMemoryLog();
  createDenials(log).note(denial);
  vi.advanceTimersByTime(3 * freshMs);
  expect(logged).toHaveLength(1);
});

test("denials that differ in all that a stranger can choose fill no log", () => {
  const { log, logged } = openMemoryLog();
  const denials = createDenials(log);
  for (let host = 0; host < 10_000; host += 1) {
    denials.note({ ...denial, peer: `10.1.${host >> 8}.${host % 256}:4000` });
  }
  vi.advanceTimersByTime(freshMs);
  expect(logged).toHaveLength(101);
  expect(logged.at(-1)).toContain('"untold":9900,"denials":10000');
});

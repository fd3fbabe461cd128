import { expect, test } from "vitest";
import { createGatewayClock } from "./gateway-clock.ts";

test("the quickest delivery says what time it is, so that nothing looks younger than it is", () => {
  const clock = createGatewayClock();
  clock.hear(5000, 100);
  clock.hear(5250, 650); // 300 ms late
  expect(clock.nowMs(700)).toBeGreaterThanOrEqual(5595);
});

test("a clock that runs slower is followed", () => {
  const clock = createGatewayClock();
  for (let beat = 0; beat < 4000; beat += 1) clock.hear(beat * 249.9, beat * 250);
  expect(clock.nowMs(1_000_000)).toBeCloseTo(999_600, -2);
});

test("a clock that stood still is not taken for late deliveries", () => {
  const clock = createGatewayClock();
  clock.hear(100_000, 0);
  clock.hear(100_250, 60_000);
  expect(clock.nowMs(60_000)).toBe(100_250);
});

test("nothing gets older by the silence of the gateway itself", () => {
  const clock = createGatewayClock();
  clock.hear(5000, 100);
  expect(clock.nowMs(200)).toBe(5100);
  expect(clock.nowMs(3_600_000)).toBeLessThanOrEqual(5500);
});

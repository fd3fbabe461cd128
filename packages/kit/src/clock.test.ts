import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bootResolutionMs, openSystemClock, readBootId } from "./clock.ts";

const uptimeMs = () =>
  Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000);

test("the boot clock is the kernel's, read between two looks at /proc/uptime", () => {
  const clock = openSystemClock();
  for (let round = 0; round < 100; round += 1) {
    const before = uptimeMs();
    const read = clock.bootMs();
    expect(read).toBeGreaterThanOrEqual(before);
    expect(read).toBeLessThanOrEqual(uptimeMs());
    expect(read % bootResolutionMs).toBe(0);
  }
});

test("the boot clock goes on", async () => {
  const clock = openSystemClock();
  const first = clock.bootMs();
  await expect.poll(() => clock.bootMs()).toBeGreaterThan(first);
});

test("the monotonic clock never goes back and has fractions", () => {
  const clock = openSystemClock();
  const instants = Array.from({ length: 1000 }, () => clock.nowMs());
  expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  expect(instants.some((each) => !Number.isInteger(each))).toBe(true);
});

test("the boot id is the kernel's", () => {
  expect(readBootId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(readBootId()).toBe(readBootId());
});

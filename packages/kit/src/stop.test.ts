import { expect, test } from "vitest";
import { aborted, sleep } from "./stop.ts";

test("waiting for an abort ends with it, and at once when it was before", async () => {
  const stop = new AbortController();
  const waiting = aborted(stop.signal);
  stop.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(aborted(stop.signal)).resolves.toBeUndefined();
});

test("a pause lasts its time", async () => {
  const startMs = performance.now();
  const pause = sleep(50, new AbortController().signal);
  await pause;
  // Timers count whole milliseconds.
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(49);
});

test("a pause ends early when it is stopped, and does not begin when it was before", async () => {
  const stop = new AbortController();
  const startMs = performance.now();
  const pause = sleep(3_600_000, stop.signal);
  stop.abort();
  await pause;
  const late = sleep(3_600_000, stop.signal);
  await late;
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

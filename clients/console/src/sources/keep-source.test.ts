// How a source goes up and down, over time that the test makes.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Board } from "../board.ts";
import type { Link } from "./attempt.ts";
import { keepSource } from "./keep-source.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A source whose service does what the test says. */
function openSource(follow: (link: Link) => Promise<unknown>) {
  const board = new Board(() => undefined);
  const stop = new AbortController();
  const context = { board, server: "backup-1", nowMs: () => performance.now() };
  const given = { service: "monitor", address: "a:1", stop: stop.signal, follow } as const;
  const ended = keepSource(context, given);
  return { view: () => board.sources.find("monitor/backup-1"), stop, ended };
}

const untilOver = ({ signal }: Link) =>
  new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));

test("a source is up once all that it knows was taken in, and not before", async () => {
  let link: Link | undefined;
  const { view } = openSource((given) => {
    link = given;
    return untilOver(given);
  });
  expect(view()).toMatchObject({ isUp: false, problem: "it has not been reached yet" });
  await vi.advanceTimersByTimeAsync(500);
  link?.heard();
  expect(view()?.isUp).toBe(false);
  link?.caughtUp();
  expect(view()).toMatchObject({ isUp: true, problem: undefined });
});

test("a source that falls silent is down within a second, and is tried again", async () => {
  const links: Link[] = [];
  const { view } = openSource((link) => {
    links.push(link);
    link.caughtUp();
    return untilOver(link);
  });
  await vi.advanceTimersByTimeAsync(900);
  expect(view()?.isUp).toBe(true);
  links[0]?.heard();
  await vi.advanceTimersByTimeAsync(900);
  expect(view()?.isUp).toBe(true);
  await vi.advanceTimersByTimeAsync(60);
  expect(view()).toMatchObject({ isUp: false, problem: "it has been silent for 950 ms" });
  expect(links[0]?.signal.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(200);
  expect(links).toHaveLength(2);
  expect(view()?.isUp).toBe(true);
});

test("why a source is down is told in plain words", async () => {
  const { view } = openSource(() =>
    Promise.reject(new Error("Cannot watch its servers: connect ECONNREFUSED 10.0.0.2:7502")),
  );
  await vi.advanceTimersByTimeAsync(10);
  expect(view()?.problem).toBe("Cannot watch its servers: nothing listens at 10.0.0.2:7502");
});

test("a stall of the gateway itself is no silence of a source", async () => {
  let link: Link | undefined;
  const { view } = openSource((given) => {
    link = given;
    given.caughtUp();
    return untilOver(given);
  });
  // The clock has gone on, and no timer and no socket has been looked at meanwhile.
  const stalledMs = 5000;
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => realNow() + stalledMs);
  await vi.advanceTimersByTimeAsync(950);
  expect(view()?.isUp).toBe(true);
  link?.heard();
  await vi.advanceTimersByTimeAsync(210);
  expect(view()?.isUp).toBe(true);
});

test("a source that breaks off says why, and is tried again with growing pauses", async () => {
  let attempts = 0;
  const { view, stop, ended } = openSource(() => {
    attempts += 1;
    return Promise.reject(new Error("connection refused"));
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(view()).toMatchObject({ isUp: false, problem: "connection refused" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(attempts).toBeGreaterThan(8);
  expect(attempts).toBeLessThan(30);
  stop.abort();
  await ended;
});

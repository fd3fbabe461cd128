import { expect, test } from "vitest";
import { AttemptLimit, failuresMax } from "./attempt-limit.ts";

function failTimes(limit: AttemptLimit, address: string, times: number): void {
  for (let failure = 0; failure < times; failure += 1) limit.noteFailure(address);
}

test("an address that has failed too often waits, and no other does", () => {
  const limit = new AttemptLimit(() => 0);
  failTimes(limit, "a", failuresMax - 1);
  expect(limit.mayTry("a")).toBe(true);
  failTimes(limit, "a", 1);
  expect(limit.mayTry("a")).toBe(false);
  expect(limit.mayTry("b")).toBe(true);
});

test("a minute later it may try again", () => {
  let nowMs = 0;
  const limit = new AttemptLimit(() => nowMs);
  failTimes(limit, "a", failuresMax);
  nowMs = 59_999;
  expect(limit.mayTry("a")).toBe(false);
  nowMs = 60_000;
  expect(limit.mayTry("a")).toBe(true);
});

test("a flood of addresses is forgotten from its beginning", () => {
  const limit = new AttemptLimit(() => 0);
  failTimes(limit, "first", failuresMax);
  for (let address = 0; address < 10_000; address += 1) limit.noteFailure(String(address));
  expect(limit.mayTry("first")).toBe(true);
  failTimes(limit, "9999", failuresMax);
  expect(limit.mayTry("9999")).toBe(false);
});

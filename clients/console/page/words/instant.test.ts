import { expect, test } from "vitest";
import { isoInstant, printInstant, printTime } from "./instant.ts";

test("an instant is told in UTC, wherever the reader is", () => {
  const atMs = Date.UTC(2026, 10, 22, 3, 4, 5, 678);
  expect(printInstant(atMs)).toBe("2026-11-22 03:04:05Z");
  expect(printTime(atMs)).toBe("03:04:05");
  expect(isoInstant(atMs)).toBe("2026-11-22T03:04:05.678Z");
  expect(printInstant(undefined)).toBe("never");
});

import { expect, test } from "vitest";
import { makeChannel } from "../stream/views.fixture.ts";
import { findOtherSides, printOtherSides } from "./other-sides.ts";

const here = makeChannel();

test("a channel that would run the same on its backup is equal there", () => {
  const others = findOtherSides([here, makeChannel({ toldBy: "backup-1" })])(here);
  expect(others).toEqual([{ server: "backup-1", isEqual: true }]);
  expect(printOtherSides(here, others)).toBe("equal on backup-1");
});

test("one backup that differs is named, whoever else is equal", () => {
  const others = findOtherSides([
    here,
    makeChannel({ toldBy: "backup-1" }),
    makeChannel({ toldBy: "backup-2", digest: "bb" }),
  ])(here);
  expect(printOtherSides(here, others)).toBe("differs on backup-2");
});

test("a channel that is nowhere else cannot be taken over, and the page says so", () => {
  expect(printOtherSides(here, findOtherSides([here])(here))).toBe("nowhere else");
});

test("local channels of two servers have nothing to do with each other", () => {
  const local = makeChannel({ protectedBy: "" });
  const others = findOtherSides([local, { ...local, toldBy: "backup-1", digest: "bb" }])(local);
  expect(others).toEqual([]);
  expect(printOtherSides(local, others)).toBe("local");
});

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findPlace } from "./place.ts";

test("a filled disk refuses a commit, and takes one when it is freed", ({ annotate }) => {
  const { place, launcher } = findPlace(undefined);
  // Where none can be mounted the campaign says that full disks are left out.
  if (!place.hasDisks && place.because.includes("full disks are left out: ")) {
    return annotate(place.because);
  }
  const fixture = join(import.meta.dirname, "full-disk.fixture.ts");
  const [program, ...words] = [...launcher, process.execPath, fixture];
  const { stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  return expect(JSON.parse(stdout)).toEqual({
    before: "stored",
    full: "database or disk is full",
    after: "stored",
    count: 2,
  });
});

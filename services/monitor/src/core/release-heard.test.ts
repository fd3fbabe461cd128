// A release that a heartbeat ends: the lease that is left is an ordinary one, and as young as that
// heartbeat.

import { expect, test } from "vitest";
import { newServerRecord, type Release } from "./server-record.ts";
import { anna, goodHeartbeat, sampleSettings, Story } from "./story.fixture.ts";

const release: Release = {
  boundMs: 60_000,
  lastsMs: 60_060,
  sinceWallMs: 0,
  by: "backup-1",
  holder: "machine-1",
};

// Found by npm run sim -- --seed 514877, when the channels were withdrawn and still stopping.
test("a switchover waits a threshold from the end of a release that a heartbeat ended", () => {
  const story = new Story(sampleSettings(), {
    ...newServerRecord("primary-1", 0),
    state: "live",
    assignment: "nobody",
    switchover: anna,
    term: 3n,
    holder: "machine-1",
    host: "host-1",
    cleanTargets: ["backup-1"],
    release,
  });
  // The monitor has been back for long, and has granted nothing itself.
  story.after(5000, { ...goodHeartbeat, isLeaseHeld: true, leaseLeftMs: 700 });
  expect(story.record.release).toBeUndefined();
  expect(story.silence(10, { sinceGrantMs: 5010 }).record.assignment).toBe("nobody");
  expect(story.silence(990, { sinceGrantMs: 6000 }).record.assignment).toBe("backup");
});

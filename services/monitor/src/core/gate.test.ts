// Rules of the gate that its stories in server.test.ts do not tell.

import { expect, test } from "vitest";
import { goodHeartbeat, Story } from "./story.fixture.ts";

const settings = { fencedTargets: ["backup-1"] };

test("a dirty target that does not answer for a threshold is fenced, once", () => {
  const story = new Story(settings).live().takenOver().after(1, goodHeartbeat).wait(999);
  expect(story.kinds()).not.toContain("fence_target");
  expect(story.wait(1).kinds()).toContain("fence_target");
  expect(story.wait(1000).kinds()).not.toContain("fence_target");
});

test("a clean target is not fenced: it counts as stopped without a word", () => {
  const story = new Story(settings).live().silence(1000);
  expect(story.record.cleanTargets).toEqual(["backup-1"]);
  story.after(1, goodHeartbeat).wait(1000);
  expect(story.kinds()).not.toContain("fence_target");
  expect(story.record.assignment).toBe("primary");
});

test("a target that has confirmed is not fenced", () => {
  const flow = {
    startTargets: ["backup-1", "backup-2"],
    decision: "",
    cases: [],
    plan: () => ({ caseName: "", steps: [] }),
  };
  const story = new Story({ ...settings, flow }).after(1, goodHeartbeat).confirm("backup-1");
  expect(story.wait(1000).kinds()).not.toContain("fence_target");
  expect(story.record.assignment).toBe("nobody");
});

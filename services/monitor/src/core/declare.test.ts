// Rules of what is declared, and when, beyond the table of states.

import { describe, expect, test } from "vitest";
import { anna, goodHeartbeat, Story } from "./story.fixture.ts";

const maintenance = { owner: "anna", reason: "x", sinceWallMs: 0, untilWallMs: undefined };
const maintenanceSet = { kind: "maintenance_set", maintenance, untilMs: undefined } as const;
const maintenanceCleared = { kind: "maintenance_cleared", actor: anna } as const;

describe("in maintenance", () => {
  test.each([
    ["a dead", (story: Story) => story.live().silence(1000), "dead"],
    [
      "a closed",
      (story: Story) => story.live().after(1, { kind: "close_received", actor: anna }),
      "closed",
    ],
    ["a never heard", (story: Story) => story, "unheard"],
  ])("%s server is not declared live, but after it", (_, bring, state) => {
    const story = bring(new Story()).after(1, maintenanceSet).after(1, goodHeartbeat);
    expect(story.signals()).toEqual([]);
    expect(story.record.state).toBe(state);
    story.after(1, maintenanceCleared).after(1, goodHeartbeat);
    expect(story.signals()).toEqual(["LIVE"]);
  });

  test("a failback that waits for a stable server waits on, and is released after it", () => {
    const story = new Story({ failback: { kind: "stable", delayMs: 5000 } }).live().takenOver();
    story.after(1, goodHeartbeat).after(1, maintenanceSet).wait(10_000);
    expect(story.record).toMatchObject({ assignment: "backup", hold: { until: "stable" } });
    story.after(1, maintenanceCleared).wait(1);
    expect(story.record).toMatchObject({ assignment: "nobody", hold: undefined });
    expect(story.kinds()).toContain("release_run");
  });
});

test("a CLOSE ends the wait of a failback: there is nobody to give the channels back to", () => {
  const story = new Story({ failback: { kind: "manual" } }).live().takenOver();
  story.after(1, goodHeartbeat);
  expect(story.record.hold).toEqual({ until: "operator" });
  story.after(1, { kind: "close_received", actor: anna });
  expect(story.record).toMatchObject({ assignment: "backup", hold: undefined });
});

describe("the mails of one incident are one conversation", () => {
  const close = { kind: "close_received", actor: anna } as const;

  test("a CLOSE of a server that has its channels begins an incident, which LIVE ends", () => {
    const story = new Story().live().after(1, close);
    expect(story.record).toMatchObject({ term: 2n, incidentTerm: 2n });
    expect(story.begun()?.run.incidentTerm).toBe(2n);
    expect(story.after(1, goodHeartbeat).begun()?.run.incidentTerm).toBe(2n);
  });

  test("a CLOSE while the backup has the channels belongs to the incident before", () => {
    const story = new Story({ failback: { kind: "manual" } }).live().takenOver();
    story.after(1, goodHeartbeat).after(1, close);
    expect(story.signals()).toEqual(["CLOSE"]);
    expect(story.begun()?.run.incidentTerm).toBe(2n);
  });
});

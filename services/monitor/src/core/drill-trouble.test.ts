// What makes a drill fail in the middle, stage by stage: whatever is no drill goes before it.

import { describe, expect, test } from "vitest";
import { sampleDrill, sampleRun } from "../store/sample-records.fixture.ts";
import { drillBecause } from "./drill-silence.ts";
import { type DrillStage, type DrillView, stageMaxMs, whatIsWrong } from "./drill-trouble.ts";
import { newServerRecord, type ServerRecord } from "./server-record.ts";
import { anna } from "./story.fixture.ts";

const settings = { thresholdMs: 1000, switchoverTimeoutMs: 30_000 };
const record = sampleDrill("d1", { state: "running", actor: anna, startTerm: 6n });
const own = { assignment: "backup", takeoverRunId: "primary-1-7-signal" } as const;
const ownDeath = { ...own, state: "dead", because: drillBecause("Silent", anna) } as const;

/** A view of a live primary with its channels, but for what a test says. */
function view(server: Partial<ServerRecord>, fields: Partial<DrillView> = {}): DrillView {
  return {
    nowMs: 100,
    wallMs: 100,
    server: {
      ...newServerRecord("primary-1", 0),
      state: "live",
      assignment: "primary",
      ...server,
    },
    settings,
    latest: () => sampleRun("r", { because: "An operator asked for a failback", actor: anna }),
    isTakenOver: false,
    startError: "",
    isHome: false,
    isSilenced: true,
    sinceGoodMs: 0,
    ...fields,
  };
}

const wrongIn = (stage: DrillStage, seen: DrillView) =>
  whatIsWrong({ stage, record, stageBeganMs: 0 }, seen);

describe("nothing is wrong", () => {
  test.each([
    ["detect", {}],
    ["detect", ownDeath],
    ["start", ownDeath],
    ["return", ownDeath],
    ["return", { state: "live", assignment: "nobody" }],
    ["withdraw", { assignment: "nobody", switchover: anna }],
    ["handover", own],
    ["handover", { assignment: "nobody" }],
    ["handover", {}],
  ] as const)("in stage %s with what it waits for", (stage, server) => {
    expect(wrongIn(stage, view(server))).toBeUndefined();
  });
});

describe("it fails", () => {
  const maintenance = { owner: "berta", reason: "disk", sinceWallMs: 0, untilWallMs: undefined };
  const other = { name: "berta", reason: "at once" };
  test.each([
    ["detect", { maintenance }, "berta set maintenance: disk"],
    ["start", { ...ownDeath, state: "closed" }, "The server closed"],
    ["detect", { state: "waiting", because: "A higher term was seen" }, "A higher term was seen"],
    ["detect", { ...ownDeath, because: "Silent" }, "The server died in the middle of it: Silent"],
    ["handover", { ...ownDeath }, "The server died in the middle of it"],
    ["handover", { switchover: other }, "berta asked for a switchover: at once"],
    ["withdraw", {}, "The channels went elsewhere: An operator asked for a failback (anna: test)"],
    ["start", { state: "live" }, "was heard again before the backup ran all channels"],
    ["start", { ...ownDeath, takeoverRunId: "primary-1-9-signal" }, "went elsewhere"],
  ] as const)("in stage %s with %o", (stage, server, why) => {
    expect(wrongIn(stage, view(server))).toContain(why);
  });

  test("at the first channel that does not start", () => {
    expect(wrongIn("start", view(ownDeath, { startError: "orders: no" }))).toBe("orders: no");
  });

  test("when a stage takes too long", () => {
    const nowMs = stageMaxMs("start", { settings });
    expect(wrongIn("start", view(ownDeath, { nowMs: nowMs - 1 }))).toBeUndefined();
    expect(wrongIn("start", view(ownDeath, { nowMs }))).toBe(
      "The backup did not start all channels within 30.0 s",
    );
  });
});

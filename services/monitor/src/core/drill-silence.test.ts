// A drill's silence: a server that lives is not heard, is granted nothing, and is declared DEAD by
// a row that says so. Whatever is no drill ends it.

import { describe, expect, test } from "vitest";
import { answerTo } from "./answer.ts";
import { beginSilence, silencedBy } from "./drill-silence.ts";
import { type Heard, newHeard } from "./heard.ts";
import { noteAnswered, silenceMs } from "./liveness.ts";
import { newServerRecord, type ServerRecord } from "./server-record.ts";
import { anna, goodHeartbeat, sampleSettings, Story } from "./story.fixture.ts";
import { hear, setServer, type Watched, watch } from "./watched.ts";

const stored = {
  state: "live",
  assignment: "primary",
  holder: "machine-1",
  host: "host-1",
  term: 3n,
} as const;

/** A server that holds its lease and is silenced from 0 to 5000 ms. */
function silenced(): Watched {
  const record: ServerRecord = { ...newServerRecord("primary-1", 0), ...stored };
  const watched = watch(sampleSettings(), record, { nowMs: 0, wallMs: 0 });
  watched.server = { ...watched.server, record, heldOnlyUntilMs: 0 };
  beginSilence(watched.liveness, { actor: anna, nowMs: 0, untilMs: 5000 });
  return watched;
}

/** One heartbeat that is good but for the drill, and what it is answered. */
function beat(watched: Watched, nowMs: number, fields: Partial<Heard> = {}) {
  noteAnswered(watched.liveness, 1, nowMs);
  const heard: Heard = {
    ...newHeard(),
    sequence: 2,
    acknowledged: 1,
    isChannelsAnswering: true,
    lease: "held",
    leaseTerm: 3n,
    isLeaseOfThisJournal: true,
    highestTerm: 3n,
    isHighestOfThisJournal: true,
    holder: "machine-1",
    host: "host-1",
    ...fields,
  };
  const event = hear(watched, heard, { nowMs, wallMs: 0, stalledMs: 0 });
  return { event, answer: answerTo(watched, heard, { nowMs, isUndecided: false }) };
}

function become(watched: Watched, fields: Partial<ServerRecord>): void {
  const { server } = watched;
  setServer(watched, { ...server, record: { ...server.record, ...fields } });
}

describe("while a drill's silence lasts", () => {
  test("heartbeats count as silence, and no lease is granted", () => {
    const watched = silenced();
    expect(beat(watched, 400)).toMatchObject({ event: undefined, answer: { grant: "nothing" } });
    expect(watched.liveness.lastVerdict).toBe("silenced");
    expect(silenceMs(watched.liveness, 400, 0)).toBe(400);
  });

  test("a lease that runs out raises no term: it is what the drill is for", () => {
    expect(beat(silenced(), 900, { lease: "ended" }).event).toBeUndefined();
  });

  test("a higher term that the server knows is heard all the same", () => {
    expect(beat(silenced(), 100, { highestTerm: 9n }).event).toMatchObject({
      kind: "higher_term_seen",
    });
  });

  test("a heartbeat that would not be good keeps its own reason", () => {
    const watched = silenced();
    beat(watched, 100, { isChannelsAnswering: false });
    expect(watched.liveness.lastVerdict).toBe("channels_silent");
  });

  test("a server that is not heard for half a threshold has fallen silent itself", () => {
    const watched = silenced();
    beat(watched, 400);
    const asked = { thresholdMs: 1000 };
    expect(silencedBy(watched.liveness, { ...asked, nowMs: 899 })).toEqual(anna);
    expect(silencedBy(watched.liveness, { ...asked, nowMs: 900 })).toBeUndefined();
  });
});

describe("a drill's silence ends", () => {
  test("at its bound, whatever becomes of the drill", () => {
    const watched = silenced();
    beat(watched, 4999);
    expect(watched.liveness.lastVerdict).toBe("silenced");
    beat(watched, 5000);
    expect(watched.liveness.lastVerdict).toBe("good");
    expect(watched.liveness.drillSilence).toBeUndefined();
  });

  const maintenance = { owner: "anna", reason: "disk", sinceWallMs: 0, untilWallMs: undefined };
  test.each([
    ["in maintenance", { maintenance }],
    ["with a close", { state: "closed" }],
    ["where the journal is not the newest", { state: "waiting" }],
  ] as const)("%s", (_when, fields) => {
    const watched = silenced();
    become(watched, fields);
    expect(watched.liveness.drillSilence).toBeUndefined();
  });

  test("not with DEAD: the backup has to start first", () => {
    const watched = silenced();
    become(watched, { state: "dead", assignment: "backup", term: 4n });
    const { event } = beat(watched, 1200, { lease: "ended", highestTerm: 4n });
    expect(event).toBeUndefined();
  });
});

describe("a death by a drill", () => {
  const flap = { deaths: 1, stableAfterMs: 600_000, holdMs: 300_000, holdMaxMs: 1_000_000 };

  test("says so in state and signal, and counts for no flap protection", () => {
    const story = new Story({ flap }).live().silence(1000, { drill: anna });
    const because =
      "No good heartbeat for the threshold, " +
      "because a drill counts its heartbeats as silence (anna: test)";
    expect(story.record).toMatchObject({ state: "dead", because, recentDeaths: 0 });
    expect(story.effects).toContainEqual(expect.objectContaining({ because, signal: "DEAD" }));
    expect(story.begun()?.run).toMatchObject({ because });
  });

  test("of a server that has fallen silent itself is one like any other", () => {
    const story = new Story({ flap }).live().silence(1000);
    expect(story.record).toMatchObject({
      because: "No good heartbeat for the threshold",
      recentDeaths: 1,
    });
  });

  test("is taken over and given back like any other", () => {
    const story = new Story({ flap }).live().silence(1000, { drill: anna });
    expect(story.record.assignment).toBe("backup");
    story.after(1, { kind: "start_begins", target: "backup-1" }).after(1, goodHeartbeat);
    expect(story.record).toMatchObject({ state: "live", assignment: "nobody" });
    expect(story.confirm().record.assignment).toBe("primary");
  });
});

describe("a drill gives the channels back", () => {
  test("and forgives no death of before", () => {
    const flap = { deaths: 1, stableAfterMs: 600_000, holdMs: 300_000, holdMaxMs: 1_000_000 };
    const story = new Story({ flap }).live().takenOver().after(1, goodHeartbeat);
    expect(story.record).toMatchObject({ assignment: "backup", recentDeaths: 1 });
    story.after(1, { kind: "drill_returned", actor: anna });
    expect(story.record).toMatchObject({ assignment: "nobody", recentDeaths: 1 });
  });

  test("under the conditions of any failback", () => {
    const story = new Story().live().after(1, { kind: "drill_returned", actor: anna });
    expect(story.refusal).toMatchObject({ reason: "NOTHING_TO_DO" });
  });
});

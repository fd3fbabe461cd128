// What a heartbeat is answered: who is granted a lease, and when (R1, R6), and what is an event at
// all.

import { describe, expect, test } from "vitest";
import { answerTo } from "./answer.ts";
import { type Heard, newHeard } from "./heard.ts";
import { noteAnswered, restartThreshold } from "./liveness.ts";
import { mayHold } from "./streams.ts";
import { newServerRecord, type ServerRecord } from "./server-record.ts";
import { anna, sampleSettings } from "./story.fixture.ts";
import { hear, nextWakeMs, watch } from "./watched.ts";

function watched(fields: Partial<ServerRecord>, nowMs = 0) {
  const known = { holder: "machine-1", host: "host-1", term: 3n } as const;
  const record = { ...newServerRecord("primary-1", 0), ...known, ...fields };
  const result = watch(sampleSettings(), record, { nowMs, wallMs: 0 });
  // As after its first heartbeats: it is live, and an answer can be acknowledged.
  result.server = { ...result.server, record };
  noteAnswered(result.liveness, 1, nowMs);
  return result;
}

function heard(fields: Partial<Heard> = {}): Heard {
  return {
    ...newHeard(),
    sequence: 2,
    acknowledged: 1,
    isChannelsAnswering: true,
    highestTerm: 3n,
    isHighestOfThisJournal: true,
    areChannelsStopped: true,
    holder: "machine-1",
    host: "host-1",
    ...fields,
  };
}

const held = heard({ lease: "held", leaseTerm: 3n, isLeaseOfThisJournal: true });
const on = (nowMs: number) => ({ nowMs, isUndecided: false });
const at = (nowMs: number) => ({ nowMs, wallMs: 0, stalledMs: 0 });

describe("a server that misses its lease", () => {
  const missing = heard({ lease: "ended", leaseTerm: 3n, isLeaseOfThisJournal: true });
  const primary = { state: "live", assignment: "primary" } as const;

  test("is unwilling a threshold later", () => {
    const server = watched(primary);
    expect(hear(server, missing, at(10))).toMatchObject({ kind: "lease_missing" });
    noteAnswered(server.liveness, 1, 1500);
    expect(hear(server, missing, at(1500))).toBeUndefined();
    expect(server.liveness.lastVerdict).toBe("unwilling");
  });

  test("is offered leases while maintenance lasts: it could not die and live again", () => {
    const maintenance = { owner: "anna", reason: "test", sinceWallMs: 0, untilWallMs: undefined };
    const server = watched({ ...primary, maintenance });
    hear(server, missing, at(10));
    noteAnswered(server.liveness, 1, 60_000);
    expect(hear(server, missing, at(60_000))).toMatchObject({ kind: "lease_missing" });
    restartThreshold(server.liveness, 60_000, 0);
    expect(server.liveness.isLeaseMissed).toBe(false);
  });
});

describe("a heartbeat is answered", () => {
  test("with a lease when it is good and the primary is assigned", () => {
    const server = watched({ state: "live", assignment: "primary" });
    expect(hear(server, held, at(10))).toBeUndefined();
    expect(answerTo(server, held, on(10))).toMatchObject({ grant: "lease", term: 3n });
    expect(server.liveness.firstGrantMs).toBe(10);
  });

  test("with the same object again when nothing has changed", () => {
    const server = watched({ state: "live", assignment: "primary" });
    hear(server, held, at(10));
    const first = answerTo(server, held, on(10));
    hear(server, held, at(20));
    expect(answerTo(server, held, on(20))).toBe(first);
  });

  test("with nothing when it does not tell its machine", () => {
    const server = watched({ state: "live", assignment: "primary" });
    const unknown = { ...held, holder: "" };
    hear(server, unknown, at(10));
    expect(answerTo(server, unknown, on(10))).toMatchObject({ grant: "nothing" });
  });

  test("with nothing when it is not good", () => {
    const server = watched({ state: "live", assignment: "primary" });
    const deaf = { ...held, acknowledged: 0 };
    hear(server, deaf, at(10));
    expect(answerTo(server, deaf, on(10)).grant).toBe("nothing");
  });

  test.each(["nobody", "backup"] as const)(
    "with nothing while %s has the channels",
    (assignment) => {
      const server = watched({ state: "live", assignment });
      hear(server, heard(), at(10));
      expect(answerTo(server, heard(), on(10)).grant).toBe("nothing");
    },
  );

  test("with nothing when what follows from it could not be stored", () => {
    const server = watched({ state: "live", assignment: "primary" });
    hear(server, held, at(10));
    const undecided = { nowMs: 10, isUndecided: true };
    expect(answerTo(server, held, undecided).grant).toBe("nothing");
  });

  test("with nothing when it is not of the machine that the journal knows", () => {
    const server = watched({ state: "live", assignment: "primary" });
    const other = { ...held, holder: "machine-2" };
    hear(server, other, at(10));
    expect(answerTo(server, other, on(10)).grant).toBe("nothing");
  });

  test("with withdraw during a switchover, and when a lease is held that the backup has", () => {
    const switching = watched({ state: "live", assignment: "nobody", switchover: anna });
    hear(switching, held, at(10));
    expect(answerTo(switching, held, on(10)).grant).toBe("withdraw");
    const taken = watched({ state: "live", assignment: "backup" });
    hear(taken, held, at(10));
    expect(answerTo(taken, held, on(10)).grant).toBe("withdraw");
  });

  test("with a renewal only, for a threshold, when the holder was not known", () => {
    const server = watched({ state: "live", assignment: "primary" });
    server.server = { ...server.server, heldOnlyUntilMs: 1000 };
    hear(server, heard(), at(10));
    expect(answerTo(server, heard(), on(999)).grant).toBe("nothing");
    expect(answerTo(server, held, on(999)).grant).toBe("lease");
    expect(answerTo(server, heard(), on(1000)).grant).toBe("lease");
  });
});

describe("a heartbeat is an event", () => {
  test("when the server was not live", () => {
    const server = watched({ state: "dead", assignment: "backup" });
    expect(hear(server, heard(), at(10))).toMatchObject({ kind: "good_heartbeat" });
  });

  test("when its lease is missing", () => {
    const server = watched({ state: "live", assignment: "primary" });
    const ended = heard({ lease: "ended", leaseTerm: 3n, isLeaseOfThisJournal: true });
    // The expectation follows the record that setServer takes over.
    server.expectation = { ...server.expectation, isLeaseDue: true };
    expect(hear(server, ended, at(10))).toMatchObject({ kind: "lease_missing" });
    expect(server.liveness.isLeaseMissed).toBe(true);
  });

  test.each([
    ["a higher term", { highestTerm: 4n }],
    ["an equal term of another journal", { isHighestOfThisJournal: false }],
  ])("when it knows %s", (_, fields) => {
    const server = watched({ state: "live", assignment: "primary" });
    expect(hear(server, heard(fields), at(10))).toMatchObject({ kind: "higher_term_seen" });
  });

  test("that confirms STOPPED only under the present term of this journal", () => {
    const switching = { state: "live", assignment: "nobody", switchover: anna } as const;
    const confirmed = (fields: Partial<Heard>) => hear(watched(switching), heard(fields), at(10));
    expect(confirmed({})).toMatchObject({ isStoppedConfirmed: true });
    expect(confirmed({ highestTerm: 2n })).toMatchObject({ isStoppedConfirmed: false });
    expect(confirmed({ lease: "held" })).toMatchObject({ isStoppedConfirmed: false });
    expect(confirmed({ areChannelsStopped: false })).toMatchObject({ isStoppedConfirmed: false });
  });
});

test("the threshold of a live server is the next instant to wake, and stalls move it", () => {
  const server = watched({ state: "live", assignment: "primary" });
  hear(server, held, at(10));
  expect(nextWakeMs(server, 0)).toBe(1010);
  expect(nextWakeMs(server, 200)).toBe(1210);
});

describe("a machine may speak for a server id", () => {
  const asked = {
    holder: "machine-2",
    knownHolder: "machine-1",
    silentMs: 0,
    thresholdMs: 1000,
    isOtherOpen: false,
  };

  test.each([
    ["the known holder", { holder: "machine-1" }, true],
    ["another one while the first is heard", {}, false],
    ["another one when the first was silent for a threshold", { silentMs: 1000 }, true],
    ["the first one ever", { knownHolder: "" }, true],
    ["a second one when neither is known yet", { knownHolder: "", isOtherOpen: true }, false],
    ["one that does not know itself, when nobody else speaks", { holder: "" }, true],
    [
      "one that does not know itself, over one that speaks",
      { holder: "", isOtherOpen: true },
      false,
    ],
  ])("%s", (_, fields, isAllowed) => {
    expect(mayHold({ ...asked, ...fields })).toBe(isAllowed);
  });
});

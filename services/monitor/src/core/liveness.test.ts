// The rules of a good heartbeat (rule 4), and of counting silence.

import { describe, expect, test } from "vitest";
import type { Heard } from "./heard.ts";
import {
  type Expectation,
  forgetAnswers,
  judge,
  newLiveness,
  noteAnswered,
  noteGood,
  noteGrant,
  recentGapsMs,
  silenceMs,
} from "./liveness.ts";
import { newStallMeter, observe } from "./stall-meter.ts";

const expectation: Expectation = {
  isLeaseDue: true,
  term: 3n,
  leaseMs: 750,
  unwillingAfterMs: 1000,
  provenMs: 750,
};

/** A heartbeat that is good in every way, but for what is given. */
function heard(fields: Partial<Heard> = {}): Heard {
  return {
    sequence: 2,
    acknowledged: 1,
    isChannelsAnswering: true,
    unfitBecause: "",
    lease: "held",
    override: undefined,
    leaseLeftMs: 700,
    leaseTerm: 3n,
    isLeaseOfThisJournal: true,
    highestTerm: 3n,
    isHighestOfThisJournal: true,
    areChannelsStopped: false,
    holder: "machine-1",
    host: "host-1",
    ...fields,
  };
}

/** A server that was answered at instant 0 and was granted its first lease then. */
function granted() {
  const liveness = newLiveness(0);
  noteAnswered(liveness, 1, 0);
  noteGrant(liveness, 0);
  return liveness;
}

const at = (nowMs: number) => ({ expectation, nowMs });

describe("a heartbeat is good", () => {
  test("when it proves a round trip and shows the lease", () => {
    expect(judge(granted(), heard(), at(100))).toBe("good");
  });

  test("not when it acknowledges nothing: the answers may not arrive", () => {
    expect(judge(granted(), heard({ acknowledged: 0 }), at(100))).toBe("unproven");
  });

  test("not when the answer it acknowledges is older than a lease", () => {
    expect(judge(granted(), heard(), at(750))).toBe("good");
    expect(judge(granted(), heard(), at(751))).toBe("unproven");
  });

  test("not when it acknowledges an answer of an older stream", () => {
    const liveness = granted();
    forgetAnswers(liveness);
    expect(judge(liveness, heard(), at(100))).toBe("unproven");
  });

  test("not when its channels service is silent, or it says itself that it is unfit", () => {
    expect(judge(granted(), heard({ isChannelsAnswering: false }), at(1))).toBe("channels_silent");
    expect(judge(granted(), heard({ unfitBecause: "orders FAILED" }), at(1))).toBe("unfit");
  });

  test("without protection whatever its lease is", () => {
    const none = { ...expectation, isLeaseDue: false };
    expect(judge(granted(), heard({ lease: "none" }), { expectation: none, nowMs: 1 })).toBe(
      "good",
    );
  });
});

describe("the lease clause", () => {
  const missing = heard({ lease: "none", leaseTerm: 0n });
  const answeredAt = (nowMs: number) => {
    const liveness = granted();
    noteAnswered(liveness, 1, nowMs);
    return liveness;
  };

  test("gives a first grant one lease of time to arrive", () => {
    expect(judge(answeredAt(700), missing, at(750))).toBe("good");
    expect(judge(answeredAt(700), missing, at(751))).toBe("lease_missing");
  });

  test("waits for no grant that was not sent yet", () => {
    const liveness = newLiveness(0);
    noteAnswered(liveness, 1, 5000);
    expect(judge(liveness, missing, at(5001))).toBe("good");
  });

  test("sees at once that a lease of this term has ended", () => {
    expect(judge(granted(), heard({ lease: "ended" }), at(10))).toBe("lease_missing");
  });

  test("sees at once that a lease that was held is not held any more", () => {
    const liveness = granted();
    judge(liveness, heard(), at(10));
    expect(judge(liveness, missing, at(20))).toBe("lease_missing");
  });

  test("takes a lease of an equal term of another journal for none", () => {
    const liveness = answeredAt(800);
    expect(judge(liveness, heard({ isLeaseOfThisJournal: false }), at(801))).toBe("lease_missing");
  });

  test("calls a server unwilling that held no lease for a threshold since a raise", () => {
    const liveness = answeredAt(1500);
    liveness.isLeaseMissed = true;
    judge(liveness, missing, at(1600));
    expect(judge(liveness, missing, at(2250))).toBe("lease_missing");
    noteAnswered(liveness, 1, 2500);
    expect(judge(liveness, missing, at(2599))).toBe("lease_missing");
    expect(judge(liveness, missing, at(2600))).toBe("unwilling");
  });

  test("holds no outage and no time at the gate against a server", () => {
    const liveness = answeredAt(1000);
    liveness.isLeaseMissed = true;
    judge(liveness, missing, at(1100));
    judge(liveness, heard({ isChannelsAnswering: false }), at(1200));
    noteAnswered(liveness, 1, 9000);
    expect(judge(liveness, missing, at(9001))).toBe("lease_missing");
    const gate = { ...expectation, isLeaseDue: false };
    judge(liveness, missing, { expectation: gate, nowMs: 9002 });
    noteAnswered(liveness, 1, 20_000);
    expect(judge(liveness, missing, at(20_001))).toBe("lease_missing");
  });

  test("forgets the raise when a lease is held", () => {
    const liveness = granted();
    liveness.isLeaseMissed = true;
    liveness.unheldMs = 900;
    judge(liveness, heard(), at(10));
    expect(liveness).toMatchObject({ isLeaseMissed: false, unheldMs: 0 });
  });
});

describe("silence", () => {
  test("counts from the last good heartbeat", () => {
    const liveness = newLiveness(0);
    noteGood(liveness, 400, 0);
    expect(silenceMs(liveness, 1000, 0)).toBe(600);
  });

  test("does not count the time that the monitor itself stood still", () => {
    const stall = newStallMeter(0);
    const liveness = newLiveness(0);
    observe(stall, 100);
    noteGood(liveness, 100, stall.totalMs);
    observe(stall, 2150);
    expect(silenceMs(liveness, 2150, stall.totalMs)).toBe(50);
  });

  test("counts the ordinary noise of a busy machine", () => {
    const stall = newStallMeter(0);
    for (let nowMs = 50; nowMs <= 1000; nowMs += 95) observe(stall, nowMs);
    expect(stall.totalMs).toBe(0);
  });

  test("keeps the last gaps, newest first", () => {
    const liveness = newLiveness(0);
    for (const nowMs of [10, 30, 60]) noteGood(liveness, nowMs, 0);
    expect(recentGapsMs(liveness)).toEqual([30, 20]);
  });
});

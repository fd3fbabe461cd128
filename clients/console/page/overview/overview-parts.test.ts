import { describe, expect, test } from "vitest";
import { makePulse, makeServer } from "../stream/views.fixture.ts";
import { createHeartRate } from "./heart-rate.ts";
import { nextIndex } from "./roving.ts";
import { isWanted, orderServers, type RankedServer } from "./server-order.ts";
import { wellText } from "./well-text.ts";
import { printSilence, thresholdLeft } from "./threshold-left.ts";

describe("what is left of the threshold", () => {
  const at = (ageMs: number, fields = {}) =>
    thresholdLeft(makePulse(fields), { ageMs, thresholdMs: 1000 });

  test("gets less as the pulse gets older, and never below nothing", () => {
    expect(at(0)).toMatchObject({ kind: "counting", leftMs: 910, share: 0.91 });
    expect(at(310)).toMatchObject({ leftMs: 600, share: 0.6 });
    expect(at(5000)).toMatchObject({ leftMs: 0, share: 0 });
    expect(printSilence(at(5000))).toBe("DEAD is due");
  });

  test("fills the bar and no more when the wait is longer than the threshold", () => {
    expect(at(0, { timeToDeadMs: 3000 }).share).toBe(1);
  });

  test("is no time to DEAD where nothing would be declared", () => {
    const silent = at(500, { timeToDeadMs: undefined, sinceGoodMs: 12_000 });
    expect(silent).toMatchObject({ kind: "silent", silentMs: 12_500, share: 0 });
    expect(printSilence(silent)).toBe("last heard 12 s ago");
  });

  test("is nothing for a server that was never heard", () => {
    expect(at(0, { timeToDeadMs: undefined, sinceGoodMs: undefined }).kind).toBe("never");
    expect(thresholdLeft(undefined, { ageMs: 0, thresholdMs: 1000 }).kind).toBe("never");
  });
});

describe("the rate of heartbeats", () => {
  test("is counted between the heartbeats, however they are told", () => {
    const rate = createHeartRate();
    const told = [0, 250, 500, 750, 1000, 1250].map((heardAtMs) => {
      const sinceGoodMs = heardAtMs % 200;
      return rate.hear(
        makePulse({ heardAtMs, sinceGoodMs, goodHeartbeats: Math.floor(heardAtMs / 200) }),
      );
    });
    expect(told).toEqual([1, 1, 1, 1, 2, 1]);
    expect(rate.perSecond(1250)).toBeCloseTo(5);
  });

  test("begins anew with a monitor that counts from nothing", () => {
    const rate = createHeartRate();
    rate.hear(makePulse({ heardAtMs: 0, goodHeartbeats: 5000 }));
    expect(rate.hear(makePulse({ heardAtMs: 9000, goodHeartbeats: 2 }))).toBe(1);
    expect(rate.perSecond(9000)).toBeUndefined();
  });

  test("is nothing once none has come for a while", () => {
    const rate = createHeartRate();
    for (const beat of [0, 1, 2]) {
      rate.hear(makePulse({ heardAtMs: beat * 200, sinceGoodMs: 0, goodHeartbeats: beat }));
    }
    expect(rate.perSecond(60_000)).toBe(0);
  });
});

describe("many servers", () => {
  const ranked = (serverId: string, worst?: RankedServer["worst"]): RankedServer => ({
    key: serverId,
    view: makeServer({ serverId, host: `host-of-${serverId}` }),
    worst,
  });

  test("come with the worst first, and otherwise by name, as people count", () => {
    const servers = [ranked("s-10"), ranked("s-2"), ranked("s-3", "warn"), ranked("s-4", "bad")];
    expect(orderServers(servers).map(({ key }) => key)).toEqual(["s-4", "s-3", "s-2", "s-10"]);
  });

  test("are filtered by every word, whatever it is about", () => {
    const server = ranked("s-10", "bad");
    for (const filter of ["", "s-1", "HOST-OF live", "trouble backup-1"]) {
      expect(isWanted(server, filter), filter).toBe(true);
    }
    expect(isWanted(server, "s-10 dead")).toBe(false);
    expect(isWanted(ranked("s-1", "note"), "trouble")).toBe(false);
  });

  test("are walked through by arrows, and never out of the grid", () => {
    const from = (index: number) => (key: string) =>
      nextIndex(key, { index, count: 10, columns: 4 });
    expect(["ArrowRight", "ArrowDown", "Home", "End"].map(from(4))).toEqual([5, 8, 0, 9]);
    expect(["ArrowDown", "ArrowUp", "ArrowLeft"].map(from(8))).toEqual([8, 4, 7]);
    expect(from(0)("ArrowLeft")).toBe(0);
    expect(from(0)("a")).toBeUndefined();
  });
});

test("that a takeover would work is said only where every server was checked", () => {
  const unchecked = makeServer({ readiness: undefined });
  expect(wellText([makeServer()])).toContain("takeover");
  expect(wellText([makeServer(), unchecked])).not.toContain("takeover");
  expect(wellText([])).toBe("Nothing needs you: no server is watched.");
});

import { expect, test } from "vitest";
import type { ServerView } from "../../src/view/server.ts";
import { makeChannel, makeServer, makeSource } from "../stream/views.fixture.ts";
import {
  channelTroubles,
  sayTogether,
  serverTroubles,
  sourceTroubles,
  type Trouble,
  worstFirst,
} from "./trouble.ts";

const heard = { isToldNow: () => true, toldAtMs: () => 7, run: undefined };

function textsOf(fields: Partial<ServerView>): string[] {
  return serverTroubles(makeServer(fields), heard).map(
    ({ severity, text }) => `${severity} ${text}`,
  );
}

test("a server that works as it should has no trouble", () => {
  expect(textsOf({})).toEqual([]);
});

test("a server whose monitor is silent is unknown, whatever it was", () => {
  const silent = { ...heard, isToldNow: () => false };
  const troubles = serverTroubles(makeServer({ recentDeaths: 5 }), silent);
  expect(troubles).toMatchObject([
    { severity: "bad", text: expect.stringMatching(/^UNKNOWN.*it was LIVE/), silentSinceMs: 7 },
  ]);
});

const maintenance = { owner: "anna", reason: "disks", sinceAtMs: 0, untilAtMs: undefined };
const problem = {
  subject: "orders",
  reason: "PORT_TAKEN",
  text: "its port is taken",
  sinceAtMs: 0,
};

test.each<[string, Partial<ServerView>, string]>([
  ["a death", { state: "DEAD", because: "Silence" }, "bad DEAD: Silence"],
  ["a server that nobody hears", { state: "UNKNOWN" }, "bad UNKNOWN: it counts as LIVE"],
  ["a server that was never heard", { state: "WAITING", isEverHeard: false }, "warn NEVER HEARD"],
  [
    "channels that stay on the backup after a switchover",
    { assignment: "BACKUP" },
    "note ON THE BACKUP: its channels stay there until a failback is asked for",
  ],
  ["channels that nobody has", { assignment: "NOBODY" }, "warn NOBODY has its channels"],
  [
    "broken glass",
    { lease: { kind: "override", by: "anna", reason: "fire", sinceAtMs: 0 } },
    "bad OVERRIDE by anna: fire",
  ],
  [
    "a takeover that would fail",
    { readiness: { isReady: false, problems: [problem], problemsOmitted: 0, checkedAtMs: 0 } },
    "warn A takeover would fail now: orders: its port is taken",
  ],
  [
    "a held failback",
    { failbackHold: { because: "it waits", delayMs: 9000, timeLeftMs: 4000 } },
    "warn FAILBACK HELD: it waits, 4 s left",
  ],
  ["maintenance", { maintenance }, "note MAINTENANCE by anna until it is cleared: disks"],
  [
    "a release",
    { release: { sinceAtMs: 0, untilAtMs: 0, by: "", boundMs: 1 } },
    "note RELEASED until 1970-01-01 00:00:00Z",
  ],
  ["a server that flaps", { recentDeaths: 3 }, "note 3 deaths lately"],
])("%s is told", (_, fields, text) => {
  expect(textsOf(fields)).toEqual([expect.stringContaining(text)]);
});

test("a target that the monitor does not hear is told with the reason", () => {
  const [target] = makeServer().targets;
  expect(target).toBeDefined();
  const targets =
    target === undefined ? [] : [{ ...target, isWatched: false, lastError: "refused" }];
  expect(textsOf({ targets })).toEqual([
    "warn UNKNOWN: the monitor does not hear backup-1: refused",
  ]);
});

test("a service that is silent is told with the time it was heard last", () => {
  const sources = [makeSource(), makeSource({ isUp: false, problem: "refused", heardAtMs: 5 })];
  expect(sourceTroubles(sources)).toMatchObject([{ severity: "bad", silentSinceMs: 5 }]);
});

test("a channel that has failed and one that runs by an override are told", () => {
  const override = { name: "anna", reason: "fire", sinceAtMs: 0 };
  const channels = [makeChannel(), makeChannel({ activity: "FAILED" }), makeChannel({ override })];
  expect(channelTroubles(channels).map(({ text }) => text.split(":")[0])).toEqual([
    "FAILED",
    "OVERRIDE",
  ]);
});

test("the worst comes first", () => {
  const troubles: Trouble[] = [
    { severity: "note", serverId: "a", text: "" },
    { severity: "bad", serverId: "b", text: "" },
    { severity: "warn", serverId: "a", text: "" },
    { severity: "bad", serverId: "a", text: "" },
  ];
  const order = worstFirst(troubles).map(({ severity, serverId }) => `${severity} ${serverId}`);
  expect(order).toEqual(["bad a", "bad b", "warn a", "note a"]);
});

test("what three servers share is one line, and what two share is two", () => {
  const shared = ["a", "b", "c"].map((serverId): Trouble => ({
    severity: "bad",
    serverId,
    text: "DEAD",
  }));
  const two = ["a", "b"].map((serverId): Trouble => ({
    severity: "note",
    serverId,
    text: "deaths",
  }));
  const said = sayTogether([...shared, ...two]).map(({ serverId, text }) => `${serverId} ${text}`);
  expect(said).toEqual(["3 servers DEAD: a, b, c", "a deaths", "b deaths"]);
});

import { toDuration } from "@hot-backup/kit/duration.ts";
import { Server, ServerState } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { expect, test } from "vitest";
import { leaseWord, serverNotes, stateWord } from "./server-words.ts";

const asOf = new Date("2026-11-22T18:00:10Z");
const reportedAt = new Date("2026-11-22T18:00:00Z");
const live = {
  serverId: "primary-1",
  state: ServerState.SERVER_STATE_LIVE,
  protection: Protection.PROTECTION_LEASE,
  threshold: toDuration(1000),
  sinceGood: toDuration(200),
  asOf,
  reportedAt,
};
const ended = { state: { $case: "ended", value: { because: "it has run out" } } } as const;
const held = { state: { $case: "held", value: { timeLeft: toDuration(600) } } } as const;

test("a server that is heard is LIVE", () => {
  expect(stateWord(Server.fromPartial(live)).text).toBe("LIVE");
});

test.each([
  ["longer ago than the threshold", toDuration(1001), "1.0 s ago"],
  ["never since the monitor began", undefined, "never"],
])("LIVE that was heard %s is UNKNOWN, and says so", (_, sinceGood, age) => {
  const server = Server.fromPartial({ ...live, sinceGood });
  expect(stateWord(server).text).toBe("UNKNOWN");
  const note = `primary-1: UNKNOWN: declared LIVE, but its last good heartbeat was ${age}`;
  expect(serverNotes(server)).toEqual([note]);
});

test("a lease that is held is told with the time that is left of it", () => {
  const server = Server.fromPartial({ ...live, lease: held });
  expect(leaseWord(server).text).toBe("0.60 s left");
});

test("a lease that has run out is over, and not held for no time", () => {
  const lease = { state: { $case: "held", value: { timeLeft: toDuration(0) } } } as const;
  expect(leaseWord(Server.fromPartial({ ...live, lease })).text).toBe("over");
});

test("what a silent server said of its lease is UNKNOWN, with the age of its word", () => {
  const silent = { ...live, sinceGood: toDuration(10_000) };
  expect(leaseWord(Server.fromPartial({ ...silent, lease: ended })).text).toBe(
    "UNKNOWN, told 10 s ago",
  );
  expect(leaseWord(Server.fromPartial({ ...live, lease: ended })).text).toBe("ended");
  expect(leaseWord(Server.fromPartial({ ...live, reportedAt: undefined })).text).toBe("UNKNOWN");
});

test("an override is never overlooked", () => {
  const actor = { name: "anna", reason: "the monitor burns" };
  const lease = { state: { $case: "override", value: { actor } } } as const;
  const server = Server.fromPartial({ ...live, sinceGood: toDuration(9000), lease });
  expect(leaseWord(server).text).toBe("OVERRIDE");
  expect(serverNotes(server).join("\n")).toContain(
    "OVERRIDE by anna: the monitor burns; two servers may run its channels",
  );
});

test("a target that the monitor does not hear is UNKNOWN, with the age of its last word", () => {
  const target = { name: "backup-1", lastWordAt: reportedAt, lastError: "no answer" };
  expect(serverNotes(Server.fromPartial({ ...live, targets: [target] }))).toEqual([
    "primary-1: target backup-1 is UNKNOWN to the monitor, told 10 s ago: no answer",
  ]);
});

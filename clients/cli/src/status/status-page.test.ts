import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  Activity,
  Channel,
  OverrideRecord,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  Server,
  ServerState,
  SignalRecord,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, test } from "vitest";
import { createPaint } from "../text/paint.ts";
import type { Overview } from "./gather.ts";
import { freshMs } from "./source.ts";
import { printStatus } from "./status-page.ts";

const server = Server.fromPartial({
  serverId: "primary-1",
  state: ServerState.SERVER_STATE_LIVE,
  threshold: toDuration(1000),
  sinceGood: toDuration(100),
});
const channel = Channel.fromPartial({
  definition: { name: "orders" },
  activity: Activity.ACTIVITY_STARTED,
});
const told = (
  askedMs: number,
  problem?: string,
  overrides: readonly OverrideRecord[] = [],
): Overview => ({
  monitors: new Map([
    [
      "m:1",
      {
        address: "m:1",
        last: { value: { servers: [server], signals: [SignalRecord.create()] }, askedMs },
        problem,
      },
    ],
  ]),
  channels: new Map([
    [
      "primary-1",
      { address: "c:1", last: { value: { channels: [channel], overrides }, askedMs }, problem },
    ],
  ]),
  mail: { address: "n:1", last: { value: { queued: 0, failed: 0 }, askedMs }, problem },
});
const print = (overview: Overview, nowMs: number) =>
  printStatus(overview, { paint: createPaint(false), nowMs }).join("\n");

test("what is fresh is told", () => {
  const page = print(told(0), freshMs);
  expect(page).toMatch(/^primary-1 +LIVE/m);
  expect(page).toMatch(/^orders +primary-1 +STARTED/m);
  expect(page).not.toContain("UNKNOWN at");
});

test("what is old is UNKNOWN with its age, though nobody has said that anything is wrong", () => {
  const page = print(told(0), freshMs + 1000);
  expect(page).toContain("monitor UNKNOWN at m:1; its last word is 4.0 s old: it does not answer");
  expect(page).toMatch(/^primary-1 +UNKNOWN +- +UNKNOWN/m);
  expect(page).toMatch(/^orders +primary-1 +UNKNOWN/m);
  expect(page).toContain("mail UNKNOWN at n:1");
  expect(page).not.toMatch(/LIVE|STARTED|queued|SIGNALS/);
});

test("what is new is UNKNOWN too once its source cannot be reached", () => {
  const page = print(told(0, "connection refused"), 1);
  expect(page).toContain("its last word is 0.00 s old: connection refused");
  expect(page).not.toMatch(/LIVE|STARTED|queued/);
});

test("what has never been told is UNKNOWN without an age", () => {
  const monitors = new Map([["m:1", { address: "m:1", last: undefined, problem: undefined }]]);
  const page = print({ ...told(0), monitors }, 1);
  expect(page).toContain("monitor UNKNOWN at m:1: not asked yet");
});

test("several monitors are told one after the other, and one that is away hides no other", () => {
  const overview = told(0);
  const away = { address: "m:2", last: undefined, problem: "connection refused" };
  const page = print({ ...overview, monitors: new Map(overview.monitors).set("m:2", away) }, 1);
  expect(page).toMatch(/^primary-1 +LIVE/m);
  expect(page).toContain("monitor UNKNOWN at m:2: connection refused");
});

test("an override in force comes before everything else, and one that has ended is no news", () => {
  const since = new Date("2026-11-22T21:19:50Z");
  const inForce = OverrideRecord.fromPartial({
    serverId: "primary-1",
    names: ["orders"],
    actor: { name: "anna", reason: "the monitor is gone" },
    since,
  });
  const [first] = print(told(0, undefined, [inForce]), 1).split("\n");
  expect(first).toBe(
    "OVERRIDE on primary-1 of primary-1 since 2026-11-22 21:19:50Z by anna: the monitor is gone. " +
      "Two servers may run orders",
  );
  const ended = { ...inForce, endedAt: since, endedBecause: "a monitor is back" };
  expect(print(told(0, undefined, [ended]), 1)).not.toContain("OVERRIDE");
});

import { toDuration } from "@hot-backup/kit/duration.ts";
import { Activity, Channel } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
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
const told = (askedMs: number, problem?: string): Overview => ({
  monitor: {
    address: "m:1",
    last: { value: { servers: [server], signals: [SignalRecord.create()] }, askedMs },
    problem,
  },
  channels: new Map([
    ["primary-1", { address: "c:1", last: { value: { channels: [channel] }, askedMs }, problem }],
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
  const { monitor, ...others } = told(0);
  const page = print({ ...others, monitor: { ...monitor, last: undefined } }, 1);
  expect(page).toContain("monitor UNKNOWN at m:1: not asked yet");
});

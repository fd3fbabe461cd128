// Rules of what a heartbeat says of the lease: the monitor hands channels over on this word (5.6).

import { toDuration } from "@hot-backup/kit/duration.ts";
import type { Heartbeat } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, test } from "vitest";
import { createHeartbeatWriter } from "./convert.ts";
import type { BeatEffect } from "./core/beat-state.ts";
import { statusOf } from "./core/status.ts";
import { ended, held, lease, order, tellStory, withdraw } from "./core/story.fixture.ts";
import { writeStatus } from "./grpc/write-status.ts";

const identity = {
  serverId: "primary-1",
  group: "two-servers",
  lifeId: "life-1",
  host: "localhost",
  protection: "lease",
  intervalMs: 200,
} as const;
const write = createHeartbeatWriter(identity);

function lastHeartbeat(effects: readonly BeatEffect[]): Heartbeat {
  const content = effects.findLast((each) => each.type === "send_heartbeat");
  const message = content === undefined ? undefined : write(content).message;
  if (message?.$case !== "heartbeat") throw new Error("no heartbeat was sent");
  return message.value;
}

/** A switchover comes while the first renewal of term 5 is under way. */
function tellWithdrawBehindRenewal() {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.settle(ended(4));
  story.open();
  story.wait(1);
  story.answer(1);
  story.settle(ended(4));
  story.answer(2, lease(5));
  // The cut that goes before the first renewal of a stream is answered.
  story.report(ended(4));
  const { sequence } = lastHeartbeat(story.run(200));
  story.answer(Number(sequence), withdraw(6));
  expect(story.state().decisions).toMatchObject({
    running: { kind: "renew", order: order(5) },
    withdrawal: { order: order(6) },
  });
  return story;
}

test("a heartbeat tells the round trip that was measured last, and none before the first", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.settle(ended(4));
  const first = story.open();
  expect(lastHeartbeat(first).roundTrip).toBeUndefined();
  story.wait(7);
  expect(lastHeartbeat(story.answer(1)).roundTrip).toEqual(toDuration(7));
  story.wait(3);
  story.answer(2);
  expect(lastHeartbeat(story.run(200)).roundTrip).toEqual(toDuration(3));
});

test("a withdraw that the channels service has not seen is not confirmed", () => {
  const story = tellWithdrawBehindRenewal();
  // The channels are stopped, but only because the renewal of term 5 has not arrived yet.
  expect(lastHeartbeat(story.run(200))).toMatchObject({
    lease: { highest: order(4), state: { $case: "ended" } },
    channelsAnswering: true,
  });
  // The renewal arrives and starts them; then the withdraw, and now its answer counts.
  story.report(held(5));
  story.settle(ended(6));
  expect(lastHeartbeat(story.run(200))).toMatchObject({
    lease: { highest: order(6), state: { $case: "ended" } },
  });
});

test("the status tells the highest order that the channels service has seen, too", () => {
  const story = tellWithdrawBehindRenewal();
  const status = writeStatus(statusOf(story.state(), story.nowMs()), { identity, wallMs: 5 });
  expect(status.lease?.highest).toEqual(order(4));
});

test("a grant alone is no report: before the channels service has answered there is none", () => {
  const story = tellStory();
  story.tell({ type: "time_passed" });
  story.open();
  const failed = story.tell({ type: "report_failed", because: "connection refused" });
  const { sequence } = lastHeartbeat(failed);
  story.answer(Number(sequence), withdraw(6));
  story.tell({ type: "report_failed", because: "connection refused" });
  expect(lastHeartbeat(story.run(200)).lease).toBeUndefined();
});

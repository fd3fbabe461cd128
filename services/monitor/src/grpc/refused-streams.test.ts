// Rules of what people hear of refused heartbeat streams (R11, hazard 8).

import { Failure } from "@hot-backup/kit/errors.ts";
import { expect, test } from "vitest";
import { RefusedStreams } from "./refused-streams.ts";

const stream = { serverId: "primary-1", isWatched: true, peer: "10.0.0.7:40001" };

function refusal(reason: string) {
  const message = 'Cannot take heartbeats of server "primary-1": another machine holds its id';
  return new Failure("refused", { message, reason });
}

function begin() {
  const time = { nowMs: 0 };
  const lines: object[] = [];
  const refused = new RefusedStreams({
    clock: { nowMs: () => time.nowMs },
    log: { warn: (fields: object) => lines.push(fields) } as never,
  });
  return { refused, time, lines };
}

test("a refusal is logged once a minute, whatever port it comes from", () => {
  const { refused, time, lines } = begin();
  for (let port = 0; port < 600; port += 1) {
    refused.note({ ...stream, peer: `10.0.0.7:${port}` }, refusal("OTHER_HOLDER"));
    time.nowMs += 100;
  }
  expect(lines).toEqual([
    {
      serverId: "primary-1",
      reason: "OTHER_HOLDER",
      peer: "10.0.0.7",
      because: 'Cannot take heartbeats of server "primary-1": another machine holds its id',
    },
  ]);
  refused.note(stream, refusal("OTHER_HOLDER"));
  expect(lines).toHaveLength(2);
});

test("another reason, peer or server is logged at once, and those who take turns are not", () => {
  const { refused, lines } = begin();
  for (let round = 0; round < 3; round += 1) {
    refused.note(stream, refusal("OTHER_HOLDER"));
    refused.note(stream, refusal("OTHER_GROUP"));
    refused.note({ ...stream, peer: "::1:40001" }, refusal("OTHER_GROUP"));
    refused.note({ ...stream, serverId: "primary-2" }, refusal("OTHER_GROUP"));
  }
  expect(lines).toMatchObject([
    { serverId: "primary-1", reason: "OTHER_HOLDER", peer: "10.0.0.7" },
    { serverId: "primary-1", reason: "OTHER_GROUP", peer: "10.0.0.7" },
    { serverId: "primary-1", reason: "OTHER_GROUP", peer: "::1" },
    { serverId: "primary-2", reason: "OTHER_GROUP", peer: "10.0.0.7" },
  ]);
});

test("strangers who make names up get a hundred lines a minute, and leave nothing else", () => {
  const { refused, time, lines } = begin();
  const flood = () => {
    for (let index = 0; index < 1000; index += 1) {
      const stranger = { ...stream, serverId: `stranger-${index}`, isWatched: false };
      refused.note(stranger, refusal("UNKNOWN_SERVER"));
    }
  };
  flood();
  expect(lines).toHaveLength(100);
  time.nowMs += 60_000;
  flood();
  expect(lines).toHaveLength(200);
  expect(refused.obstaclesOf("stranger-1")).toEqual([]);
});

test("the last refusal of a watched server stands in its way for a minute", () => {
  const { refused, time } = begin();
  refused.note(stream, refusal("OTHER_HOLDER"));
  time.nowMs += 59_999;
  expect(refused.obstaclesOf("primary-1")).toEqual([
    "Heartbeats from 10.0.0.7 are refused: another machine holds its id",
  ]);
  expect(refused.obstaclesOf("primary-2")).toEqual([]);
  time.nowMs += 1;
  expect(refused.obstaclesOf("primary-1")).toEqual([]);
});

test("what ends a stream for another reason is no news", () => {
  const { refused, lines } = begin();
  refused.note(stream, refusal("REPLACED"));
  refused.note(stream, new Error("cancelled"));
  expect(lines).toEqual([]);
  expect(refused.obstaclesOf("primary-1")).toEqual([]);
});

// How heartbeats arrive, told on the wire: what is told, when, and of whom.

import type { ServiceError } from "@grpc/grpc-js";
import { toDuration, toMilliseconds } from "@hot-backup/kit/duration.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import {
  WatchPulsesRequest,
  type WatchPulsesResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { sampleSettings } from "../core/story.fixture.ts";
import { HeartbeatClient } from "./heartbeat-client.fixture.ts";
import { failureOf, openWire, violatedFields, type Wire } from "./wire.fixture.ts";

/** Long enough for a busy machine. */
const waitOptions = { timeout: 15_000 };

async function wired(options: Parameters<typeof openWire>[0] = {}) {
  const wire = await openWire(options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

function watch(wire: Wire, fields: Parameters<typeof WatchPulsesRequest.fromPartial>[0] = {}) {
  const stream = wire.client.watchPulses(WatchPulsesRequest.fromPartial(fields));
  const told: WatchPulsesResponse[] = [];
  stream.on("data", (response: WatchPulsesResponse) => told.push(response));
  stream.on("error", () => {});
  onTestFinished(() => stream.cancel());
  return told;
}

/** Lets one period pass, and waits for its message. */
async function nextOf(wire: Wire, told: readonly WatchPulsesResponse[]) {
  const count = told.length;
  await wire.story.time.pass(250);
  await vi.waitFor(() => expect(told).toHaveLength(count + 1), waitOptions);
  return told.at(-1)?.pulses ?? [];
}

test("the first message tells of every server, also of those that were never heard", async () => {
  const wire = await wired({ others: [sampleSettings({ serverId: "primary-2" })] });
  const told = watch(wire);
  await vi.waitFor(() => expect(told).toHaveLength(1), waitOptions);
  expect(told[0]?.asOf).toBeInstanceOf(Date);
  expect(told[0]?.pulses).toMatchObject([
    { serverId: "primary-1", goodHeartbeats: 0n, sinceGood: undefined, timeToDead: undefined },
    { serverId: "primary-2", goodHeartbeats: 0n, interval: undefined, roundTrip: undefined },
  ]);
});

test("later messages tell only of those that were heard since, and come all the same", async () => {
  const wire = await wired({ others: [sampleSettings({ serverId: "primary-2" })] });
  await wire.story.bringToLife();
  const told = watch(wire);
  await vi.waitFor(() => expect(told).toHaveLength(1), waitOptions);
  expect(await nextOf(wire, told)).toEqual([]);
  wire.story.beatHeld();
  const [pulse, ...others] = await nextOf(wire, told);
  expect(others).toEqual([]);
  expect(pulse).toMatchObject({ serverId: "primary-1", lastGap: toDuration(250) });
  expect(toMilliseconds(pulse?.sinceGood)).toBe(250);
  expect(toMilliseconds(pulse?.timeToDead)).toBe(750);
});

test("a server whose threshold has passed is told once more: nothing counts down", async () => {
  const wire = await wired();
  await wire.story.bringToLife();
  const told = watch(wire, { serverId: "primary-1" });
  await vi.waitFor(() => expect(told).toHaveLength(1), waitOptions);
  expect(told[0]?.pulses).toMatchObject([{ timeToDead: toDuration(1000) }]);
  await wire.story.time.pass(2000);
  const pulses = () => told.slice(1).flatMap((each) => each.pulses);
  await vi.waitFor(() => expect(pulses()).toMatchObject([{ timeToDead: undefined }]), waitOptions);
  expect(wire.story.signals()).toContain("DEAD 2");
});

test("interval and round trip are those that the server told last", async () => {
  const wire = await wired();
  const stream = new HeartbeatClient(wire);
  await stream.beat({ interval: toDuration(200), roundTrip: toDuration(1.25) });
  await stream.beat({ interval: toDuration(200), roundTrip: toDuration(0.5) });
  const told = watch(wire);
  await vi.waitFor(() => expect(told).toHaveLength(1), waitOptions);
  expect(told[0]?.pulses).toMatchObject([
    { interval: toDuration(200), roundTrip: toDuration(0.5) },
  ]);
});

test.each([
  ["a period that is too short", { period: toDuration(99) }, ["period"]],
  ["a period that is too long", { period: toDuration(10_001) }, ["period"]],
  ["a server id that is none", { serverId: "No Server" }, ["server_id"]],
])("%s is refused", async (_name, fields, violated) => {
  const wire = await wired();
  const stream = wire.client.watchPulses(WatchPulsesRequest.fromPartial(fields));
  const ended = new Promise<void>((_resolve, reject) => {
    stream.on("error", (error: ServiceError) => reject(new CallFailed("watch", error)));
  });
  stream.resume();
  expect(violatedFields(await failureOf(ended))).toEqual(violated);
});

// Calls that are larger, more, or of somebody else than they should be: refused or bounded, and
// nobody else is hurt.

import {
  type ClientDuplexStream,
  Metadata,
  type StatusObject,
  status as Code,
} from "@grpc/grpc-js";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { messageBytesMax } from "@hot-backup/kit/grpc-serve.ts";
import {
  FlowReason,
  GetServerRequest,
  Heartbeat,
  StreamHeartbeatsRequest,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection, Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStoppedReader } from "../../services/monitor/src/grpc/stopped-reader.fixture.ts";
import { openVictim, strangerId, type Victim, withinMs } from "./victim.fixture.ts";

const mebibyte = 1024 * 1024;
/** Several leases long: a server that is starved meanwhile loses its own. */
const floodMs = 3000;

const asking = { what: "call", deadlineMs: withinMs };

let victim: Victim;
beforeAll(async () => {
  victim = await openVictim();
}, 2 * withinMs);
afterAll(() => victim[Symbol.asyncDispose]());

type Stream = ClientDuplexStream<StreamHeartbeatsRequest, StreamHeartbeatsResponse>;

/** A heartbeat of a server that is not protected. */
function heartbeat(sequence: number, fields: Parameters<typeof Heartbeat.fromPartial>[0] = {}) {
  const value = Heartbeat.fromPartial({
    serverId: strangerId,
    group: "two-servers",
    lifeId: "life-1",
    holder: "machine-1",
    sequence: BigInt(sequence),
    interval: toDuration(1000),
    channelsAnswering: true,
    protection: Protection.PROTECTION_NONE,
    ...fields,
  });
  return StreamHeartbeatsRequest.create({ message: { $case: "heartbeat", value } });
}

/** A stream, and how it ends. */
function openStream(): { stream: Stream; answers: () => number; ended: Promise<CallFailed> } {
  const stream = victim.servers.monitor.streamHeartbeats();
  let answers = 0;
  stream.on("data", () => (answers += 1));
  stream.on("error", () => {});
  const ended = new Promise<CallFailed>((resolve) => {
    stream.on("status", (status: StatusObject) =>
      resolve(new CallFailed("stream", Object.assign(new Error(), status))),
    );
  });
  return { stream, answers: () => answers, ended };
}

test("messages and metadata beyond the limits are refused", async () => {
  const { monitor } = victim.servers;
  const damage = await victim.damageOf(async () => {
    const serverId = "x".repeat(2 * messageBytesMax);
    const huge = call(monitor.getServer.bind(monitor), { serverId }, asking);
    await expect(huge).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    const metadata = new Metadata();
    for (let index = 0; index < 40; index += 1) metadata.set(`x-${index}`, "x".repeat(30_000));
    const code = await new Promise<Code | undefined>((resolve) => {
      monitor.getServer(GetServerRequest.create(), metadata, (error) => resolve(error?.code));
    });
    expect([Code.INTERNAL, Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED]).toContain(code);
  });
  expect(damage).toEqual([]);
});

test("who sends heartbeats for a server that it is not is refused by name", async () => {
  const damage = await victim.damageOf(async () => {
    for (let round = 0; round < 50; round += 1) {
      const { stream, ended } = openStream();
      const protection = Protection.PROTECTION_LEASE;
      stream.write(heartbeat(1, { serverId: primaryId, holder: `clone-${round}`, protection }));
      expect(await ended).toMatchObject({
        code: Code.FAILED_PRECONDITION,
        reason: "OTHER_HOLDER",
      });
    }
  });
  expect(damage).toEqual([]);
});

test("heartbeats as fast as a stream carries them starve no other", async () => {
  const endings: string[] = [];
  let count = 0;
  const damage = await victim.damageOf(async () => {
    const endMs = performance.now() + floodMs;
    while (performance.now() < endMs) {
      const { stream, ended } = openStream();
      let isOver = false;
      void ended.then(() => (isOver = true));
      for (let sequence = 1; !isOver && performance.now() < endMs; sequence += 1) {
        const hasRoom = stream.write(heartbeat(sequence, { acknowledged: BigInt(sequence - 1) }));
        count += 1;
        if (hasRoom) continue;
        await Promise.race([new Promise((resolve) => stream.once("drain", resolve)), ended]);
      }
      stream.end();
      endings.push((await ended).reason);
    }
  });
  process.stdout.write(`${Math.round((count * 1000) / floodMs)} heartbeats a second\n`);
  expect(damage).toEqual([]);
  // Either it was answered to its end, or it was cut off for not reading its answers.
  expect(new Set(endings).difference(new Set(["OK", "SLOW_READER"]))).toEqual(new Set());
});

test("of many streams of one server the newest is left, and the others are told", async () => {
  const damage = await victim.damageOf(async () => {
    const before = victim.memoryOf("monitor");
    const streams = [];
    for (let round = 0; round < 1000; round += 1) {
      const opened = openStream();
      opened.stream.write(heartbeat(1));
      streams.push(opened);
      if (round % 100 === 99) {
        await waitFor("the last one to be answered", () => opened.answers() === 1, { withinMs });
      }
    }
    const last = streams.pop();
    const endings = await Promise.all(streams.map(({ ended }) => ended));
    expect(new Set(endings.map(({ reason }) => reason))).toEqual(new Set(["REPLACED"]));
    expect(last?.answers()).toBe(1);
    last?.stream.cancel();
    expect(victim.memoryOf("monitor") - before).toBeLessThan(100 * mebibyte);
  });
  expect(damage).toEqual([]);
});

test("a server that never reads its answers is cut off, in bounded memory", async () => {
  const damage = await victim.damageOf(async () => {
    const before = victim.memoryOf("monitor");
    const encode = (sequence: number) =>
      StreamHeartbeatsRequest.encode(heartbeat(sequence)).finish();
    const address = victim.servers.address("monitor");
    using reader = openStoppedReader(address, "StreamHeartbeats", encode(1));
    await reader.begun;
    // More answers than the windows of HTTP/2 and of TCP hold.
    for (let sequence = 2; sequence <= 50_000; sequence += 1) {
      void reader.send(encode(sequence));
      if (sequence % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const { trailers } = await reader.readOn();
    expect(trailers["grpc-status"]).toBe(String(Code.RESOURCE_EXHAUSTED));
    expect(victim.memoryOf("monitor") - before).toBeLessThan(100 * mebibyte);
  });
  expect(damage).toEqual([]);
});

const laughs = Array.from({ length: 12 }, (_, level) => {
  const below = Array.from({ length: 10 }, () => (level === 0 ? "ha" : `*l${level - 1}`));
  return `l${level}: &l${level} [${below.join(", ")}]`;
});

const bombs: readonly (readonly [string, string])[] = [
  ["laughs", laughs.join("\n")],
  ["brackets", "[".repeat(32_000)],
  ["keys", `cases:\n${Array.from({ length: 3000 }, (_, key) => ` k${key}: []`).join("\n")}`],
  ["steps", `cases:\n  DEAD:\n${"    - {}\n".repeat(3000)}`],
  ["anchors", Array.from({ length: 1500 }, (_, key) => `k${key}: &a${key} [*a${key}]`).join("\n")],
  ["an XPath that burns", "switch: 'string(1 to 100000000)'\ncases: { DEAD: [] }"],
];

test("flows made to explode are refused, however many of them come", async () => {
  const { monitor } = victim.servers;
  const damage = await victim.damageOf(async () => {
    const before = victim.memoryOf("monitor");
    for (const [bomb, flowYaml] of bombs) {
      const reason = FlowReason.FLOW_REASON_SIGNAL;
      const request = { serverId: primaryId, signal: Signal.SIGNAL_DEAD, flowYaml, reason };
      const trials = Array.from({ length: 10 }, () =>
        call(monitor.testFlow.bind(monitor), request, asking).then(
          () => "OK",
          (error: unknown) => (error instanceof CallFailed ? error.reason : String(error)),
        ),
      );
      const reasons = new Set(await Promise.all(trials));
      const told = [...reasons.difference(new Set(["TOO_MANY_TRIALS"]))];
      expect({ bomb, told }).toEqual({ bomb, told: ["INVALID_INPUT"] });
    }
    expect(victim.memoryOf("monitor") - before).toBeLessThan(200 * mebibyte);
  });
  expect(damage).toEqual([]);
});

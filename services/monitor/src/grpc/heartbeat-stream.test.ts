// StreamHeartbeats on the wire: who may speak, what is refused, and how streams end.

import { status as Code } from "@grpc/grpc-js";
import { streamQueueMax } from "@hot-backup/kit/grpc-handlers.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  Heartbeat,
  Assignment,
  ServerState,
  StreamHeartbeatsRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { termMax } from "../core/term.ts";
import { bringToLife, HeartbeatClient, leaseReport } from "./heartbeat-client.fixture.ts";
import { openStoppedReader } from "./stopped-reader.fixture.ts";
import { failureOf, openWire, sendBytes, violatedFields, type Wire } from "./wire.fixture.ts";

async function wired(...options: Parameters<typeof openWire>): Promise<Wire> {
  const wire = await openWire(...options);
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

/** How a stream was refused. */
async function refusalOf({ ended }: HeartbeatClient) {
  const end = await ended;
  if (end === "OK") throw new Error("the stream ended well");
  return end;
}

describe("a heartbeat is answered", () => {
  test("with its sequence, the monitor's view and a grant under the server's term", async () => {
    const wire = await wired();
    const stream = new HeartbeatClient(wire);
    expect(await stream.beat()).toMatchObject({
      sequence: 1n,
      state: ServerState.SERVER_STATE_WAITING,
      grants: [{ order: { serverId: "primary-1", term: 0n, journalId: "journal-1" } }],
      unfitBecause: expect.stringContaining("acknowledges no young answer"),
    });
    expect(await stream.beat()).toMatchObject({
      sequence: 2n,
      state: ServerState.SERVER_STATE_LIVE,
      grants: [{ order: { term: 1n }, decision: { $case: "nothing" } }],
      unfitBecause: "",
    });
  });

  test("with a lease of the configured length once the gate is passed", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const { grants } = await stream.beat({ lease: leaseReport("held", 1n) });
    const value = { seconds: 0n, nanos: 750_000_000 };
    expect(grants).toMatchObject([{ decision: { $case: "lease", value } }]);
    expect(await wire.getServer()).toMatchObject({
      state: ServerState.SERVER_STATE_LIVE,
      holder: "machine-1",
      host: "host-1",
      lease: { state: { $case: "held" } },
    });
  });

  test("with withdraw while a switchover takes the channels away", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    await wire.switchover();
    const { grants } = await stream.beat({ lease: leaseReport("held", 1n) });
    expect(grants).toMatchObject([{ order: { term: 2n }, decision: { $case: "withdraw" } }]);
  });

  test("on a stream that learns its machine later, or loses sight of it", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire, { holder: "" });
    expect(wire.story.record).toMatchObject({ state: "live", assignment: "primary", holder: "" });
    const { grants } = await stream.beat({ holder: "" });
    expect(grants).toMatchObject([{ decision: { $case: "nothing" } }]);
    await stream.beat();
    expect(await stream.beat({ holder: "" })).toMatchObject({ unfitBecause: "" });
    // Who is unknown takes the place of nobody, so that a third one is still another machine.
    expect((await wire.getServer()).holder).toBe("machine-1");
  });
});

describe("a new life of the heartbeat service", () => {
  const text = "A new life of the heartbeat service is heard";
  const newLives = async (wire: Wire) =>
    (await wire.explain()).history.filter((line) => line.text === text);

  test("is a line in the history, without a signal", async () => {
    const wire = await wired();
    const first = await bringToLife(wire);
    const lease = leaseReport("held", 1n);
    await new HeartbeatClient(wire).beat({ lease });
    expect(await newLives(wire)).toEqual([]);
    await new HeartbeatClient(wire).beat({ lease, lifeId: "life-2" });
    expect(await newLives(wire)).toMatchObject([{ term: 1n, actor: undefined }]);
    expect(await refusalOf(first)).toMatchObject({ reason: "REPLACED" });
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
  });

  test("is noted for its stream, not for each of its heartbeats", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const second = new HeartbeatClient(wire);
    const lease = leaseReport("held", 1n);
    for (const lifeId of ["life-2", "life-2", "life-3"]) await second.beat({ lease, lifeId });
    expect(await newLives(wire)).toHaveLength(1);
  });

  test("that comes back after another was heard is told as two services, once", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const lease = leaseReport("held", 1n);
    const beatOf = (lifeId: string) => new HeartbeatClient(wire).beat({ lease, lifeId });
    for (const lifeId of ["life-2", "life-3"]) await beatOf(lifeId);
    const told = expect.stringContaining("Two heartbeat services of this server");
    expect((await wire.explain()).blockedBy).not.toContainEqual(told);
    for (const lifeId of ["life-2", "life-3", "life-2", "life-3"]) await beatOf(lifeId);
    const { blockedBy, history } = await wire.explain();
    expect(blockedBy).toContainEqual(told);
    expect(history.filter((line) => line.text.startsWith("Two heartbeat"))).toHaveLength(1);
    expect(await newLives(wire)).toHaveLength(2);
  });

  test("is not noted for a stream that is refused", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const clone = new HeartbeatClient(wire);
    clone.send({ holder: "machine-2", lifeId: "life-2" });
    await refusalOf(clone);
    expect(await newLives(wire)).toEqual([]);
  });
});

describe("a stream is refused", () => {
  test.each([
    ["of another group", { group: "else" }, Code.FAILED_PRECONDITION, "OTHER_GROUP"],
    [
      "of another protection",
      { protection: Protection.PROTECTION_NONE },
      Code.FAILED_PRECONDITION,
      "OTHER_PROTECTION",
    ],
    ["of an unknown server", { serverId: "stranger" }, Code.NOT_FOUND, "UNKNOWN_SERVER"],
  ])("to a server %s", async (_, fields, code, reason) => {
    const wire = await wired();
    const before = await wire.getServer();
    const stream = new HeartbeatClient(wire);
    stream.send(fields);
    expect(await refusalOf(stream)).toMatchObject({ code, reason });
    expect(await wire.getServer()).toEqual(before);
  });

  test("to another machine until the holder has been silent for a threshold", async () => {
    const wire = await wired();
    const first = await bringToLife(wire);
    const clone = new HeartbeatClient(wire);
    clone.send({ holder: "machine-2" });
    const refusal = { code: Code.FAILED_PRECONDITION, reason: "OTHER_HOLDER" };
    expect(await refusalOf(clone)).toMatchObject(refusal);
    // The first one has not noticed anything.
    expect(await first.beat({ lease: leaseReport("held", 1n) })).toMatchObject({
      unfitBecause: "",
    });
    await wire.story.time.pass(1000);
    const later = new HeartbeatClient(wire);
    expect(await later.beat({ holder: "machine-2" })).toMatchObject({ sequence: 1n });
    expect(await refusalOf(first)).toMatchObject({ code: Code.ABORTED, reason: "REPLACED" });
  });

  test("visibly: ExplainServer tells of it for a minute", async () => {
    const wire = await wired();
    await bringToLife(wire);
    const clone = new HeartbeatClient(wire);
    clone.send({ holder: "machine-2" });
    await refusalOf(clone);
    expect((await wire.explain()).blockedBy).toEqual([
      "Heartbeats from 127.0.0.1 are refused: another machine holds its id",
    ]);
    const stranger = new HeartbeatClient(wire);
    stranger.send({ group: "else" });
    await refusalOf(stranger);
    expect((await wire.explain()).blockedBy).toEqual([
      'Heartbeats from 127.0.0.1 are refused: its group is "else", not "test"',
    ]);
    await wire.story.time.pass(60_000);
    expect((await wire.explain()).blockedBy).toEqual([]);
  });

  test("when the machine behind it changes on the way", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const before = await wire.getServer();
    stream.send({ holder: "machine-2", lease: leaseReport("ended", 1n) });
    expect(await refusalOf(stream)).toMatchObject({ reason: "OTHER_HOLDER" });
    expect(await wire.getServer()).toEqual(before);
  });
});

test("a new stream of the same holder ends the older one with ABORTED", async () => {
  const wire = await wired();
  const first = await bringToLife(wire);
  const second = new HeartbeatClient(wire);
  expect(await second.beat()).toMatchObject({ sequence: 1n });
  expect(await refusalOf(first)).toMatchObject({ code: Code.ABORTED, reason: "REPLACED" });
  // The end of the older one is no end of the newer one.
  expect(await second.beat({ lease: leaseReport("held", 1n) })).toMatchObject({ unfitBecause: "" });
});

const tooMuch = 2n ** 62n + 1n;
const badHeartbeats = [
  ["no id", { serverId: "" }, ["server_id"]],
  ["an id that is none", { serverId: "Primary 1" }, ["server_id"]],
  ["another server than before", { serverId: "primary-2" }, ["server_id"]],
  ["a sequence that does not rise", { sequence: 14n, acknowledged: 13n }, ["sequence"]],
  ["a sequence that no number holds", { sequence: 2n ** 64n - 1n }, ["sequence"]],
  ["an acknowledged future", { sequence: 15n, acknowledged: 15n }, ["acknowledged"]],
  ["a long life id", { lifeId: "x".repeat(256) }, ["life_id"]],
  ["a long holder", { holder: "x".repeat(256) }, ["holder"]],
  ["a holder of two lines", { holder: "machine-1\nmachine-2" }, ["holder"]],
  ["a long host", { host: "x".repeat(256) }, ["host"]],
  ["a host that no document holds", { host: "host\u0001" }, ["host"]],
  ["a long reason", { unfitBecause: "x".repeat(256) }, ["unfit_because"]],
  ["an interval of nothing", { interval: { seconds: 0n, nanos: 0 } }, ["interval"]],
  ["a negative interval", { interval: { seconds: -1n, nanos: 0 } }, ["interval"]],
  ["a negative round trip", { roundTrip: { seconds: 0n, nanos: -1 } }, ["round_trip"]],
  ["a round trip of mixed signs", { roundTrip: { seconds: 1n, nanos: -1 } }, ["round_trip"]],
  ["a round trip of hours", { roundTrip: { seconds: 3600n, nanos: 1 } }, ["round_trip"]],
  ["a huge interval", { interval: { seconds: 2n ** 62n, nanos: 0 } }, ["interval"]],
  [
    "a term above 2^62",
    { lease: { highest: { serverId: "primary-1", term: tooMuch, journalId: "x" } } },
    ["lease"],
  ],
  ["a lease of a term above 2^62", { lease: leaseReport("held", tooMuch) }, ["lease"]],
  [
    "a time left that is no time",
    {
      lease: {
        state: {
          $case: "held",
          value: { term: 1n, journalId: "x", timeLeft: { seconds: 2n ** 62n, nanos: 0 } },
        },
      },
    },
    ["lease"],
  ],
  [
    "a channel without a name",
    { channels: [{ name: "", activity: Activity.ACTIVITY_STARTED, term: 1n }] },
    ["channels"],
  ],
  [
    "several at once",
    { sequence: 0n, acknowledged: 7n, host: "x".repeat(256) },
    ["sequence", "acknowledged", "host"],
  ],
] as const;

test("a term that was claimed as high as may be goes on: nothing is poisoned by it", async () => {
  const wire = await wired();
  const stream = await bringToLife(wire);
  const claim = (term: bigint) => ({
    lease: { highest: { serverId: "primary-1", term, journalId: "x" } },
  });
  await stream.beat(claim(termMax));
  expect((await wire.getServer()).term).toBe(termMax + 1n);
  // The honest heartbeats that follow know the term of the monitor, and the story goes on under it.
  for (let beat = 0; beat < 15; beat += 1) {
    await stream.beat({ lease: leaseReport("ended", termMax + 1n) });
    await wire.story.time.pass(100);
  }
  const { assignment, state } = await wire.getServer();
  expect([state, assignment]).toEqual([
    ServerState.SERVER_STATE_LIVE,
    Assignment.ASSIGNMENT_PRIMARY,
  ]);
  // From here on nobody's word brings it far: it would take longer than the world lasts.
  stream.send(claim(termMax + 2n ** 21n));
  expect(await refusalOf(stream)).toMatchObject({ code: Code.INVALID_ARGUMENT });
  expect((await wire.getServer()).term).toBeLessThan(termMax + 10n);
});

test.for(badHeartbeats)(
  "a heartbeat with %s is bad input, ends its stream, and changes nothing",
  async ([, fields, violated]) => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const before = await wire.getServer();
    stream.send({ lease: leaseReport("ended", 1n), ...fields });
    const failure = await refusalOf(stream);
    expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_INPUT" });
    const told = violatedFields(failure);
    expect(told.slice(0, violated.length)).toEqual(
      violated.map((field) => expect.stringContaining(`heartbeat.${field}`)),
    );
    expect(await wire.getServer()).toEqual(before);
  },
);

test("a first heartbeat that is bad input pushes no stream out", async () => {
  const wire = await wired();
  const first = await bringToLife(wire);
  const before = await wire.getServer();
  const bad = new HeartbeatClient(wire);
  bad.send({ sequence: 0n, acknowledged: 0n });
  expect(await refusalOf(bad)).toMatchObject({ code: Code.INVALID_ARGUMENT });
  expect(await wire.getServer()).toEqual(before);
  expect(await first.beat({ lease: leaseReport("held", 1n) })).toMatchObject({ unfitBecause: "" });
});

test("a group or protection that changes on the way ends the stream", async () => {
  const wire = await wired();
  for (const [fields, reason] of [
    [{ group: "else" }, "OTHER_GROUP"],
    [{ protection: Protection.PROTECTION_NONE }, "OTHER_PROTECTION"],
  ] as const) {
    const stream = new HeartbeatClient(wire);
    await stream.beat();
    const before = await wire.getServer();
    stream.send({ ...fields, host: "host-2" });
    expect(await refusalOf(stream)).toMatchObject({ reason });
    expect(await wire.getServer()).toEqual(before);
  }
});

describe("what is no heartbeat", () => {
  test.each([
    ["a close", (stream: HeartbeatClient) => stream.sendClose()],
    ["nothing", (stream: HeartbeatClient) => stream.sendNothing()],
  ])("cannot begin a stream: %s", async (_, send) => {
    const wire = await wired();
    const stream = new HeartbeatClient(wire);
    send(stream);
    const failure = await refusalOf(stream);
    expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(violatedFields(failure)).toEqual(["message"]);
    expect(wire.story.signals()).toEqual([]);
  });

  test("ends a stream without closing the server", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    stream.sendNothing();
    const failure = await refusalOf(stream);
    expect(violatedFields(failure)).toEqual(["message"]);
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
  });

  test("is bad input when it cannot be decoded", async () => {
    const wire = await wired();
    const failure = await failureOf(sendBytes(wire, "StreamHeartbeats", Buffer.from([0x0a, 0xff])));
    expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(violatedFields(failure)).toEqual(["request"]);
  });

  test("is refused when it is larger than any message may be", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    stream.send({ host: "x".repeat(2 ** 20) });
    expect(await refusalOf(stream)).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(wire.story.signals()).toEqual(["LIVE 1"]);
  });
});

describe("a close", () => {
  test("gives CLOSE exactly once, is answered, and ends the stream", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const answer = await stream.close();
    expect(answer).toMatchObject({ sequence: 15n, state: ServerState.SERVER_STATE_CLOSED });
    expect(await stream.ended).toBe("OK");
    const again = new HeartbeatClient(wire);
    await again.beat();
    expect(await again.close()).toMatchObject({ state: ServerState.SERVER_STATE_CLOSED });
    expect(wire.story.signals()).toEqual(["LIVE 1", "CLOSE 2"]);
  });

  test("is the last word: what follows on its stream is not heard", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    stream.sendClose();
    stream.send({ lease: leaseReport("held", 1n) });
    stream.sendClose();
    expect(await stream.ended).toBe("OK");
    expect(stream.answers).toHaveLength(1);
    expect(wire.story.signals()).toEqual(["LIVE 1", "CLOSE 2"]);
  });

  test("says who and why with its signal, and needs neither", async () => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    await stream.close({ actor: undefined });
    expect(wire.story.signals()).toEqual(["LIVE 1", "CLOSE 2"]);
    const [signal] = (await wire.listSignals()).signals;
    expect(signal?.actor).toMatchObject({ name: "heartbeat service" });
  });

  test.each([
    ["a long name", { actor: { name: "x".repeat(129), reason: "" } }, "close.actor.name"],
    ["a reason of two lines", { actor: { name: "", reason: "a\nb" } }, "close.actor.reason"],
    ["a sequence that does not rise", { sequence: 14n }, "close.sequence"],
  ])("with %s is bad input and closes nothing", async (_, close, field) => {
    const wire = await wired();
    const stream = await bringToLife(wire);
    const before = await wire.getServer();
    stream.sendClose(close);
    const failure = await refusalOf(stream);
    expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(violatedFields(failure)).toEqual([field]);
    expect(await wire.getServer()).toEqual(before);
  });
});

test.each([
  ["ends its sending half", (stream: HeartbeatClient) => stream.end()],
  ["breaks off", (stream: HeartbeatClient) => stream.cancel()],
])("a stream that %s without a close is no close", async (_, end) => {
  const wire = await wired();
  const stream = await bringToLife(wire);
  end(stream);
  await stream.ended;
  await wire.story.time.pass(999);
  expect((await wire.getServer()).state).toBe(ServerState.SERVER_STATE_LIVE);
  await wire.story.time.pass(1);
  expect(wire.story.signals()).toEqual(["LIVE 1", "DEAD 2"]);
});

test("a server that reads no answers is ended as a slow reader, with a bounded queue", async () => {
  const wire = await wired();
  const message = (sequence: number) => {
    const value = Heartbeat.fromPartial({
      serverId: "primary-1",
      group: "test",
      holder: "machine-1",
      sequence: BigInt(sequence),
      channelsAnswering: true,
      protection: Protection.PROTECTION_LEASE,
    });
    const request = StreamHeartbeatsRequest.fromPartial({
      message: { $case: "heartbeat", value },
    });
    return StreamHeartbeatsRequest.encode(request).finish();
  };
  using reader = openStoppedReader(wire.address, "StreamHeartbeats", message(1));
  await reader.begun;
  const heard = vi.spyOn(wire.story.server.streams, "hear");
  const over = vi.spyOn(wire.story.server.streams, "end");
  let sequence = 1;
  while (over.mock.calls.length === 0 && sequence < 50_000) {
    for (let burst = 0; burst < 100; burst += 1) void reader.send(message((sequence += 1)));
    await reader.send(message((sequence += 1)));
  }
  expect(over).toHaveBeenCalledOnce();
  // What the sockets and the window of HTTP/2 hold comes on top of what may wait.
  expect(heard.mock.calls.length).toBeGreaterThan(streamQueueMax);
  expect(heard.mock.calls.length).toBeLessThan(streamQueueMax + 5000);
  const { trailers } = await reader.readOn();
  expect(trailers["grpc-status"]).toBe(String(Code.RESOURCE_EXHAUSTED));
  expect(trailers["grpc-message"]).toContain("has%20not%20read");
});

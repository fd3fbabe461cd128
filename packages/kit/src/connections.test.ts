// Connections over real sockets: who asks for nothing gives way to who has something to ask.

import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { credentials, Metadata, status as Code } from "@grpc/grpc-js";
import {
  ChannelServiceClient,
  ListChannelsRequest,
  ListChannelsResponse,
  WatchChannelsRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ConnectionLimits } from "./connections.ts";
import { CallFailed } from "./errors.ts";
import { call } from "./grpc-dial.ts";
import { serverStream, unary } from "./grpc-handlers.ts";
import { serve } from "./grpc-serve.ts";
import { aborted } from "./stop.ts";
import { openMemoryLog, openWire, type Wire } from "./wire.fixture.ts";

const patient: ConnectionLimits = {
  connectionsMax: 100,
  idleMs: 600_000,
  lingerMs: 5_000,
  firstMessageMs: 600_000,
};
const patience = { timeout: 10_000, interval: 10 };

async function wired(limits: Partial<ConnectionLimits>): Promise<Wire> {
  const wire = await openWire(
    (log) => ({
      listChannels: unary(log, () => ListChannelsResponse.create()),
      watchChannels: serverStream(log, (_, outlet) => aborted(outlet.signal)),
    }),
    { ...patient, ...limits },
  );
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

const list = (client: ChannelServiceClient) =>
  call(client.listChannels.bind(client), ListChannelsRequest.create(), {
    what: "Cannot list",
    deadlineMs: 10_000,
  });

/** A stream that tells how it ended, on the connection of the given client. */
async function openStream(client: ChannelServiceClient) {
  const stream = client.watchChannels(WatchChannelsRequest.create(), new Metadata());
  let hasEnded = false;
  stream.on("data", () => {});
  stream.on("error", () => (hasEnded = true));
  onTestFinished(() => stream.cancel());
  // An answer on the same connection: the server has taken the stream before it.
  await list(client);
  return { hasEnded: () => hasEnded };
}

/** A client with a connection of its own: others share theirs. */
function openClient(wire: Wire): ChannelServiceClient {
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const { address } = wire.server;
  const client = new ChannelServiceClient(address, credentials.createInsecure(), options);
  onTestFinished(() => client.close());
  return client;
}

/** A connection on which nothing is ever asked. */
async function openSilent(wire: Wire): Promise<Socket> {
  const port = Number(wire.server.address.split(":")[1]);
  const socket = createConnection({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  socket.resume();
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

const tooMany = ({ logged }: Wire) => logged.filter((line) => /Too many connections/.test(line));

const untilClosed = (socket: Socket) =>
  vi.waitFor(() => expect(socket.closed).toBe(true), patience);

test("a connection without a call is closed after a while, one with a stream stays", async () => {
  const wire = await wired({ idleMs: 200, lingerMs: 50 });
  const stream = await openStream(wire.client);
  const silent = await openSilent(wire);
  await untilClosed(silent);
  await untilClosed(await openSilent(wire));
  expect(stream.hasEnded()).toBe(false);
});

test("a client that does not leave when it is told to is cut off", async () => {
  const wire = await wired({ idleMs: 200, lingerMs: 50 });
  const port = Number(wire.server.address.split(":")[1]);
  // It keeps its side open when the other one has ended.
  const deaf = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
  onTestFinished(() => void deaf.destroy());
  deaf.on("error", () => {});
  deaf.resume();
  await once(deaf, "end");
  // Only a connection that is gone answers with a reset.
  await vi.waitFor(() => {
    deaf.write("x");
    expect(deaf.closed).toBe(true);
  }, patience);
});

test("a connection beyond the maximum takes the place of the longest idle one", async () => {
  const wire = await wired({ connectionsMax: 3 });
  const stream = await openStream(wire.client);
  const first = await openSilent(wire);
  const second = await openSilent(wire);
  const newcomer = openClient(wire);
  expect(await list(newcomer)).toEqual(ListChannelsResponse.create());
  await untilClosed(first);
  expect(second.closed).toBe(false);
  expect(stream.hasEnded()).toBe(false);
  expect(tooMany(wire)).toHaveLength(1);
});

test("where every connection is in use a newcomer is turned away, and nobody is hurt", async () => {
  const wire = await wired({ connectionsMax: 1 });
  const stream = await openStream(wire.client);
  await untilClosed(await openSilent(wire));
  await untilClosed(await openSilent(wire));
  expect(stream.hasEnded()).toBe(false);
  await list(wire.client);
  // Once in a while is enough, however many come.
  expect(wire.logged.filter((line) => line.includes('"refused":1'))).toHaveLength(1);
  expect(tooMany(wire)).toHaveLength(1);
});

test("a connection is idle again when its last call is over", async () => {
  const wire = await wired({ connectionsMax: 1 });
  await list(openClient(wire));
  const newcomer = openClient(wire);
  expect(await list(newcomer)).toEqual(ListChannelsResponse.create());
});

const reflectionPath = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/** A two-way stream on which nothing was said yet, and how it ends. */
function openTwoWayStream(client: ChannelServiceClient) {
  const bytes = (value: Buffer) => value;
  const stream = client.makeBidiStreamRequest(reflectionPath, bytes, bytes, new Metadata(), {});
  onTestFinished(() => stream.cancel());
  const answered = new Promise((resolve) => stream.once("data", resolve));
  const failed = new Promise((resolve) => {
    stream.on("error", (error) => resolve(new CallFailed("Cannot go on", error)));
  });
  return { stream, answered, failed };
}

test("a stream whose client never says anything ends, and keeps no place", async () => {
  const wire = await wired({ connectionsMax: 1, firstMessageMs: 200 });
  const { failed } = openTwoWayStream(openClient(wire));
  expect(await failed).toMatchObject({
    code: Code.DEADLINE_EXCEEDED,
    reason: "NO_FIRST_MESSAGE",
  });
  expect(await list(openClient(wire))).toEqual(ListChannelsResponse.create());
});

test("a stream whose client has said something may be silent from then on", async () => {
  const wire = await wired({ firstMessageMs: 1000 });
  const talking = openTwoWayStream(wire.client);
  // The list of services, asked for with an empty text. Source: grpc/reflection/v1.
  talking.stream.write(Buffer.from([0x3a, 0x00]));
  await talking.answered;
  // Begun later: when its time is over, the other one's would have been.
  const silent = openTwoWayStream(wire.client);
  await silent.failed;
  talking.stream.write(Buffer.from([0x3a, 0x00]));
  const again = new Promise((resolve) => talking.stream.once("data", () => resolve("answered")));
  expect(await Promise.race([again, talking.failed])).toBe("answered");
});

test("a server listens on every address of its name", async () => {
  const { log } = openMemoryLog();
  const server = await serve("localhost:0", { services: [], log, limits: patient });
  onTestFinished(() => server.close(0));
  expect(server.address).toMatch(/^localhost:[1-9]\d*$/);
  const port = Number(server.address.split(":")[1]);
  const socket = createConnection({ host: "127.0.0.1", port });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
});

test("a name that has no address is told with the address to listen on", async () => {
  const { log } = openMemoryLog();
  const listening = serve("no-such-host.invalid:0", { services: [], log });
  await expect(listening).rejects.toMatchObject({
    reason: "CANNOT_LISTEN",
    message: expect.stringContaining("Cannot listen on no-such-host.invalid:0: "),
  });
});

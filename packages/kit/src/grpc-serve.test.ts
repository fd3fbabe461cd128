import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Metadata, status as Code } from "@grpc/grpc-js";
import {
  ChannelServiceClient,
  ListChannelsRequest,
  ListChannelsResponse,
  WatchChannelsRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { expect, test } from "vitest";
import { call, dial } from "./grpc-dial.ts";
import { serverStream, unary } from "./grpc-handlers.ts";
import { messageBytesMax, serve } from "./grpc-serve.ts";
import { aborted } from "./stop.ts";
import { openMemoryLog, openWire, type Wire } from "./wire.fixture.ts";

const list = (client: ChannelServiceClient, pageToken = "") =>
  call(client.listChannels.bind(client), ListChannelsRequest.fromPartial({ pageToken }), {
    what: "Cannot list",
    deadlineMs: 10_000,
  });

const echo = (wireToken = "here") =>
  openWire((log) => ({
    listChannels: unary(log, () => ListChannelsResponse.fromPartial({ nextPageToken: wireToken })),
  }));

test("a server on port 0 tells the port it got", async () => {
  await using wire = await echo();
  expect(wire.server.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  expect(await list(wire.client)).toMatchObject({ nextPageToken: "here" });
});

test("a server can listen on a path", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-serve-"));
  const { log } = openMemoryLog();
  const address = `unix:${join(folder, "a.sock")}`;
  const server = await serve(address, { services: [], log });
  const client = dial(ChannelServiceClient, address);
  try {
    expect(server.address).toBe(address);
    await expect(list(client)).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
  } finally {
    client.close();
    await server.close(0);
    rmSync(folder, { recursive: true });
  }
});

test("an address that is taken is refused with its name", async () => {
  await using wire = await echo();
  const { address } = wire.server;
  await expect(serve(address, { services: [], log: openMemoryLog().log })).rejects.toMatchObject({
    name: "Failure",
    reason: "CANNOT_LISTEN",
    message: expect.stringContaining(`Cannot listen on ${address}: `),
  });
});

test("a method that nobody has written is UNIMPLEMENTED", async () => {
  await using wire = await openWire(() => ({}));
  await expect(list(wire.client)).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
});

test("a message larger than the limit is refused, and the server goes on", async () => {
  await using wire = await echo();
  const tooLong = "x".repeat(messageBytesMax + 1);
  await expect(list(wire.client, tooLong)).rejects.toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
  });
  expect(await list(wire.client)).toMatchObject({ nextPageToken: "here" });
});

test("a closing server lets a running call finish", async () => {
  const running = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<ListChannelsResponse>();
  const wire = await openWire((log) => ({
    listChannels: unary(log, () => {
      running.resolve();
      return finish.promise;
    }),
  }));
  const answer = list(wire.client);
  await running.promise;
  const closed = wire.server.close(10_000);
  finish.resolve(ListChannelsResponse.fromPartial({ nextPageToken: "finished" }));
  expect(await answer).toMatchObject({ nextPageToken: "finished" });
  wire.client.close();
  await closed;
});

test("a closing server ends its streams at once, so that their clients come back", async () => {
  await using wire = await openWire((log) => ({
    watchChannels: serverStream(log, (_, outlet) => aborted(outlet.signal)),
  }));
  const ended = statusOf(wire);
  // The stream is open when the server answers another call on the same connection.
  await expect(list(wire.client)).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
  const startMs = performance.now();
  const closed = wire.server.close(60_000);
  expect(await ended).toBe(Code.UNAVAILABLE);
  wire.client.close();
  await closed;
  expect(performance.now() - startMs).toBeLessThan(5000);
});

test("a closing server cuts a call that does not finish in time", async () => {
  const running = Promise.withResolvers<void>();
  await using wire = await openWire((log) => ({
    listChannels: unary(log, () => {
      running.resolve();
      return new Promise(() => {});
    }),
  }));
  // Its client learns of it when the connection ends with the process.
  list(wire.client).catch(() => {});
  await running.promise;
  const startMs = performance.now();
  await wire.server.close(50);
  expect(performance.now() - startMs).toBeLessThan(5000);
});

function statusOf(wire: Wire): Promise<Code> {
  return new Promise((resolve) => {
    const stream = wire.client.watchChannels(WatchChannelsRequest.create(), new Metadata());
    stream.on("error", () => {});
    stream.on("data", () => {});
    stream.on("status", ({ code }) => resolve(code));
  });
}

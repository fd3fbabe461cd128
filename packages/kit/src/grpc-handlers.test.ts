import { connect } from "node:http2";
import { type ClientReadableStream, Metadata, status as Code } from "@grpc/grpc-js";
import {
  ListChannelsRequest,
  ListChannelsResponse,
  WatchChannelsRequest,
  WatchChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { describe, expect, test } from "vitest";
import { Failure } from "./errors.ts";
import { call } from "./grpc-dial.ts";
import {
  type CallContext,
  type Outlet,
  serverStream,
  streamQueueMax,
  unary,
} from "./grpc-handlers.ts";
import { aborted } from "./stop.ts";
import { readTraceparent, rootTrace, type Trace } from "./trace.ts";
import { openWire, type Wire } from "./wire.fixture.ts";

const response = ListChannelsResponse.fromPartial({ nextPageToken: "next" });
const event = WatchChannelsResponse.fromPartial({
  event: { $case: "undeployed", value: "x".repeat(200) },
});

function list(
  wire: Wire,
  options: { deadlineMs?: number; signal?: AbortSignal; trace?: Trace } = {},
) {
  return call(wire.client.listChannels.bind(wire.client), ListChannelsRequest.create(), {
    what: "Cannot list",
    deadlineMs: 10_000,
    ...options,
  });
}

function watch(wire: Wire) {
  const stream = wire.client.watchChannels(WatchChannelsRequest.create(), new Metadata());
  return { stream, ended: endOf(stream) };
}

// How a stream ended: its messages so far and its status.
function endOf(stream: ClientReadableStream<WatchChannelsResponse>) {
  return new Promise<{ code: Code; details: string; messages: number }>((resolve) => {
    let messages = 0;
    stream.on("data", () => (messages += 1));
    stream.on("error", () => {});
    stream.on("status", ({ code, details }) => resolve({ code, details, messages }));
  });
}

describe("a unary handler", () => {
  test.each([
    ["at once", () => response],
    ["later", () => Promise.resolve(response)],
  ])("answers what it returns %s", async (_, handler) => {
    await using wire = await openWire((log) => ({ listChannels: unary(log, handler) }));
    expect(await list(wire)).toEqual(response);
    expect(wire.logged).toEqual([]);
  });

  const header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  test.each([
    ["the one it is told", [header], readTraceparent(header)],
    ["none, when it is told nothing", [], undefined],
    ["none, when that cannot be read", [header.slice(1)], undefined],
    ["none, when it is told two", [header, header], undefined],
  ])("works for a trace: %s", async (_, headers, trace) => {
    const seen: CallContext["trace"][] = [];
    await using wire = await openWire((log) => ({
      listChannels: unary(log, (_request, context) => {
        seen.push(context.trace);
        return response;
      }),
    }));
    const metadata = new Metadata();
    for (const each of headers) metadata.add("traceparent", each);
    await new Promise<void>((resolve) => {
      wire.client.listChannels(ListChannelsRequest.create(), metadata, () => resolve());
    });
    expect(seen).toEqual([trace]);
  });

  test("learns the trace that its caller names", async () => {
    const trace = rootTrace("a signal");
    const seen: CallContext["trace"][] = [];
    await using wire = await openWire((log) => ({
      listChannels: unary(log, (_request, context) => {
        seen.push(context.trace);
        return response;
      }),
    }));
    await list(wire, { trace });
    expect(seen).toEqual([trace]);
  });

  const failure = new Failure("not_found", { message: "No such page", reason: "NO_PAGE" });
  test.each([
    [
      "throws at once",
      () => {
        throw failure;
      },
    ],
    ["rejects later", () => Promise.reject(failure)],
  ])("that %s gives its failure as the status, and no line in the log", async (_, handler) => {
    await using wire = await openWire((log) => ({ listChannels: unary(log, handler) }));
    await expect(list(wire)).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "NO_PAGE" });
    expect(wire.logged).toEqual([]);
  });

  test.each([
    [
      "throws at once",
      () => {
        throw new TypeError("a bug");
      },
    ],
    ["rejects later", () => Promise.reject(new TypeError("a bug"))],
  ])("with a bug that %s gives INTERNAL, and the bug in the log", async (_, handler) => {
    await using wire = await openWire((log) => ({ listChannels: unary(log, handler) }));
    await expect(list(wire)).rejects.toMatchObject({ code: Code.INTERNAL, reason: "INTERNAL" });
    expect(wire.logged).toHaveLength(1);
    expect(wire.logged[0]).toContain("a bug");
    expect(wire.logged[0]).toContain("/hotbackup.v1.ChannelService/ListChannels");
  });

  test.each([
    ["cancels", Code.CANCELLED, {}],
    ["has no time left", Code.DEADLINE_EXCEEDED, { deadlineMs: 2000 }],
  ])("is told when its client %s", async (_, code, options) => {
    const begun = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    await using wire = await openWire((log) => ({
      listChannels: unary(log, async (_request, { signal }: CallContext) => {
        begun.resolve();
        await aborted(signal);
        told.resolve();
        return response;
      }),
    }));
    const stop = new AbortController();
    const answer = list(wire, { signal: stop.signal, ...options }).catch((error: unknown) => error);
    await begun.promise;
    if (code === Code.CANCELLED) stop.abort();
    await told.promise;
    expect(await answer).toMatchObject({ code });
  });
});

describe("a server stream", () => {
  const stream = (handler: (outlet: Outlet<WatchChannelsResponse>) => Promise<void>) =>
    openWire((log) => ({ watchChannels: serverStream(log, (_, outlet) => handler(outlet)) }));

  test("tells its client at once that it has begun, before there is anything to tell", async () => {
    await using wire = await stream((outlet) => aborted(outlet.signal));
    const { stream: reader, ended } = watch(wire);
    await new Promise((resolve) => reader.once("metadata", resolve));
    reader.cancel();
    expect(await ended).toMatchObject({ code: Code.CANCELLED, messages: 0 });
  });

  test("ends well when its handler returns, after everything that was sent", async () => {
    await using wire = await stream(async (outlet) => {
      for (let count = 0; count < 500; count += 1) outlet.send(event);
    });
    expect(await watch(wire).ended).toMatchObject({ code: Code.OK, messages: 500 });
  });

  test("ends with the failure that its handler throws, after what was sent before", async () => {
    await using wire = await stream(async (outlet) => {
      outlet.send(event);
      await Promise.resolve();
      throw new Failure("replaced", { message: "A newer stream came", reason: "REPLACED" });
    });
    const { code, details, messages } = await watch(wire).ended;
    expect({ code, details, messages }).toEqual({
      code: Code.ABORTED,
      details: "A newer stream came",
      messages: 1,
    });
    expect(wire.logged).toEqual([]);
  });

  test("ends with INTERNAL by a bug, which is in the log", async () => {
    await using wire = await stream(() => {
      throw new TypeError("a bug");
    });
    expect(await watch(wire).ended).toMatchObject({ code: Code.INTERNAL });
    expect(wire.logged[0]).toContain("a bug");
  });

  test("is told when its client goes away, and may throw then what it likes", async () => {
    const told = Promise.withResolvers<void>();
    await using wire = await stream(async (outlet) => {
      outlet.send(event);
      await aborted(outlet.signal);
      outlet.send(event);
      told.resolve();
      throw new Error("too late");
    });
    const { stream: reader, ended } = watch(wire);
    reader.once("data", () => reader.cancel());
    await told.promise;
    expect(await ended).toMatchObject({ code: Code.CANCELLED });
    expect(wire.logged).toEqual([]);
  });

  test("of a reader that does not read ends, and keeps a bounded queue", async () => {
    let sent = 0;
    const gaveUp = Promise.withResolvers<void>();
    await using wire = await stream(async (outlet) => {
      // 40 MB, far more than sockets take: without a bound it would wait in memory.
      while (!outlet.signal.aborted && sent < 200_000) {
        outlet.send(event);
        sent += 1;
        if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      gaveUp.resolve();
    });
    using reader = openStoppedReader(wire.server.address);
    await gaveUp.promise;
    expect(sent).toBeLessThan(streamQueueMax + 1000);
    expect(await reader.readOn()).toMatchObject({ "grpc-status": String(Code.RESOURCE_EXHAUSTED) });
  });

  test("that is too fast for its reader says so", async () => {
    await using wire = await stream(async (outlet) => {
      for (let count = 0; count <= streamQueueMax * 2; count += 1) outlet.send(event);
      await aborted(outlet.signal);
    });
    expect(await watch(wire).ended).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      details: expect.stringContaining("the reader is 1000 messages behind"),
    });
  });
});

// A reader that takes no message until it is told to: grpc-js itself always reads. Without a reader
// the window of HTTP/2 stays shut after 64 KiB.
function openStoppedReader(address: string) {
  const session = connect(`http://${address}`);
  const request = session.request({
    ":method": "POST",
    ":path": "/hotbackup.v1.ChannelService/WatchChannels",
    "content-type": "application/grpc",
    te: "trailers",
  });
  request.end(Buffer.alloc(5));
  return {
    /** Reads what is there, and tells the trailers. */
    readOn: () =>
      new Promise<object>((resolve) => {
        request.on("trailers", resolve);
        request.resume();
      }),
    [Symbol.dispose]: () => session.destroy(),
  };
}

import { credentials, status as Code } from "@grpc/grpc-js";
import {
  ChannelServiceClient,
  ListChannelsRequest,
  ListChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { expect, test } from "vitest";
import { CallFailed } from "./errors.ts";
import { approach, call, dial } from "./grpc-dial.ts";
import { unary } from "./grpc-handlers.ts";
import { openWire } from "./wire.fixture.ts";

const list = (
  client: ChannelServiceClient,
  options: { deadlineMs?: number; signal?: AbortSignal } = {},
) =>
  call(client.listChannels.bind(client), ListChannelsRequest.create(), {
    what: "Cannot list channels",
    deadlineMs: 10_000,
    ...options,
  });

const never = () => openWire((log) => ({ listChannels: unary(log, () => new Promise(() => {})) }));

test("a call that nobody answers ends at its deadline", async () => {
  await using wire = await never();
  const startMs = performance.now();
  await expect(list(wire.client, { deadlineMs: 100 })).rejects.toMatchObject({
    code: Code.DEADLINE_EXCEEDED,
    reason: "DEADLINE_EXCEEDED",
    isRetryable: true,
  });
  expect(performance.now() - startMs).toBeGreaterThan(90);
});

test("a call whose signal aborts is cancelled, before it began or while it runs", async () => {
  await using wire = await never();
  const cancelled = { code: Code.CANCELLED, isRetryable: false };
  await expect(list(wire.client, { signal: AbortSignal.abort() })).rejects.toMatchObject(cancelled);
  const stop = new AbortController();
  const running = list(wire.client, { signal: stop.signal });
  stop.abort();
  await expect(running).rejects.toMatchObject(cancelled);
});

test("a call to nobody is UNAVAILABLE, and says first what could not be done", async () => {
  const wire = await never();
  const { address } = wire.server;
  await wire[Symbol.asyncDispose]();
  const client = dial(ChannelServiceClient, address);
  try {
    await expect(list(client)).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      isRetryable: true,
      message: expect.stringMatching(/^Cannot list channels: /),
    });
  } finally {
    client.close();
  }
});

test("an answer leaves no listener on the signal", async () => {
  await using wire = await openWire((log) => ({
    listChannels: unary(log, () => ListChannelsResponse.create()),
  }));
  const { signal } = new AbortController();
  let listeners = 0;
  const counting = new Proxy(signal, {
    get: (target, key) => {
      if (key === "addEventListener") listeners += 1;
      if (key === "removeEventListener") listeners -= 1;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await list(wire.client, { signal: counting });
  expect(listeners).toBe(0);
});

test("a call on a closed client fails like any other, and is not worth repeating", async () => {
  await using wire = await never();
  const client = dial(ChannelServiceClient, wire.server.address);
  client.close();
  const failure = await list(client).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CallFailed);
  expect(failure).toMatchObject({
    reason: "CANNOT_SEND",
    isRetryable: false,
    message: expect.stringMatching(/^Cannot list channels: ./),
  });
});

test("a request that cannot be encoded fails like any other call", async () => {
  await using wire = await never();
  const request = ListChannelsRequest.create();
  Reflect.set(request, "pageSize", "many");
  const { client } = wire;
  const failure = await call(client.listChannels.bind(client), request, {
    what: "Cannot list channels",
    deadlineMs: 10_000,
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CallFailed);
  expect(failure).toMatchObject({ isRetryable: false });
});

test("a name is looked up by DNS, and a path and TLS go their own ways", () => {
  const secure = { credentials: credentials.createSsl(), options: { "grpc.enable_channelz": 0 } };
  expect(approach("monitor:7502", undefined).target).toBe("dns:///monitor:7502");
  expect(approach("[::1]:7502", secure)).toEqual({ target: "dns:///[::1]:7502", ...secure });
  const path = approach("unix:/run/monitor.sock", secure);
  expect(path.target).toBe("unix:/run/monitor.sock");
  expect(path.credentials).not.toBe(secure.credentials);
});

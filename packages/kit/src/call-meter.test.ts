import { Metadata } from "@grpc/grpc-js";
import {
  ChannelServiceClient,
  ChannelServiceService,
  ListChannelsRequest,
  ListChannelsResponse,
  WatchChannelsRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { Failure } from "./errors.ts";
import { call, dial } from "./grpc-dial.ts";
import { serverStream, unary } from "./grpc-handlers.ts";
import { serve } from "./grpc-serve.ts";
import { createMetrics } from "./metrics.ts";
import { aborted } from "./stop.ts";
import { openMemoryLog } from "./wire.fixture.ts";

const service = "hotbackup.v1.ChannelService";
const withinMs = { timeout: 10_000, interval: 10 };

async function served() {
  const { log } = openMemoryLog();
  const metrics = createMetrics({ service: "channels", server: "primary-1" });
  const implementation = {
    listChannels: unary(log, ({ pageToken }: ListChannelsRequest) => {
      if (pageToken === "") return ListChannelsResponse.create();
      throw new Failure("not_found", { message: "There is no such page", reason: "NO_PAGE" });
    }),
    watchChannels: serverStream(log, (_, outlet) => aborted(outlet.signal)),
  };
  const services = [{ definition: ChannelServiceService, implementation }];
  const server = await serve("127.0.0.1:0", { services, log, metrics });
  const client = dial(ChannelServiceClient, server.address);
  onTestFinished(async () => {
    client.close();
    await server.close(0);
  });
  const told = async () => (await Array.fromAsync(metrics.write())).join("");
  return { client, told };
}

const list = (client: ChannelServiceClient, pageToken: string) =>
  call(client.listChannels.bind(client), ListChannelsRequest.fromPartial({ pageToken }), {
    what: "Cannot list",
    deadlineMs: 10_000,
  });

test("a call is counted by how it ended, and how long it took", async () => {
  const { client, told } = await served();
  expect(await told()).toContain(
    `hot_backup_grpc_calls_total{method="${service}/ListChannels",code="OK"} 0\n`,
  );
  await list(client, "");
  await list(client, "");
  await expect(list(client, "x")).rejects.toThrow("There is no such page");
  const text = await told();
  expect(text).toContain(
    `hot_backup_grpc_calls_total{method="${service}/ListChannels",code="OK"} 2\n`,
  );
  expect(text).toContain(
    `hot_backup_grpc_calls_total{method="${service}/ListChannels",code="NOT_FOUND"} 1\n`,
  );
  expect(text).toContain(
    `hot_backup_grpc_call_duration_seconds_count{method="${service}/ListChannels"} 3\n`,
  );
});

test("a stream is one call that is open until it ends", async () => {
  const { client, told } = await served();
  const stream = client.watchChannels(WatchChannelsRequest.create(), new Metadata());
  stream.on("error", () => {});
  stream.on("data", () => {});
  const open = (count: number) =>
    `hot_backup_grpc_streams_open{method="${service}/WatchChannels"} ${count}\n`;
  const labels = `method="${service}/WatchChannels",code="CANCELLED"`;
  const ended = `hot_backup_grpc_calls_total{${labels}} 1\n`;
  await vi.waitFor(async () => expect(await told()).toContain(open(1)), withinMs);
  expect(await told()).not.toContain(ended);
  stream.cancel();
  await vi.waitFor(async () => expect(await told()).toContain(ended), withinMs);
  expect(await told()).toContain(open(0));
});

test("connections are told while they are open", async () => {
  const { client, told } = await served();
  expect(await told()).toContain("hot_backup_connections_open 0\n");
  await list(client, "");
  expect(await told()).toContain("hot_backup_connections_open 1\n");
});

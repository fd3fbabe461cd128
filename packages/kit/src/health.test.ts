import { type ClientReadableStream, Metadata, status as Code } from "@grpc/grpc-js";
import {
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import { expect, test } from "vitest";
import { call, dial } from "./grpc-dial.ts";
import { openWire } from "./wire.fixture.ts";

const channels = "hotbackup.v1.ChannelService";

async function openHealth() {
  const wire = await openWire(() => ({}));
  const client = dial(HealthClient, wire.server.address);
  const options = { what: "Cannot check", deadlineMs: 10_000 };
  return {
    ...wire,
    check: (service: string) => call(client.check.bind(client), { service }, options),
    list: () => call(client.list.bind(client), {}, options),
    watch: (service: string) => readAll(client.watch({ service }, new Metadata())),
    [Symbol.asyncDispose]: async () => {
      client.close();
      await wire[Symbol.asyncDispose]();
    },
  };
}

// What a watch has told so far.
function readAll(stream: ClientReadableStream<HealthCheckResponse>) {
  const told: number[] = [];
  stream.on("data", ({ status }) => told.push(status));
  stream.on("error", () => {});
  return { told, cancel: () => stream.cancel() };
}

test("a process serves when it says so, under its own name and every service's", async () => {
  await using health = await openHealth();
  expect(await health.check("")).toEqual({ status: ServingStatus.NOT_SERVING });
  health.server.setServing(true);
  for (const service of ["", channels]) {
    expect(await health.check(service)).toEqual({ status: ServingStatus.SERVING });
  }
});

test("the health of an unknown service is NOT_FOUND", async () => {
  await using health = await openHealth();
  await expect(health.check("nobody")).rejects.toMatchObject({
    code: Code.NOT_FOUND,
    reason: "UNKNOWN_SERVICE",
  });
});

test("a list names the process and each service", async () => {
  await using health = await openHealth();
  health.server.setServing(true);
  const serving = { status: ServingStatus.SERVING };
  expect(await health.list()).toEqual({ statuses: { "": serving, [channels]: serving } });
});

test("a watch tells the state at once, and each change once", async () => {
  await using health = await openHealth();
  const { told } = health.watch(channels);
  await expect.poll(() => told).toEqual([ServingStatus.NOT_SERVING]);
  health.server.setServing(true);
  health.server.setServing(true);
  health.server.setServing(false);
  const expected = [ServingStatus.NOT_SERVING, ServingStatus.SERVING, ServingStatus.NOT_SERVING];
  await expect.poll(() => told).toEqual(expected);
});

test("a watch of an unknown service says so, and lasts", async () => {
  await using health = await openHealth();
  const { told } = health.watch("nobody");
  await expect.poll(() => told).toEqual([ServingStatus.SERVICE_UNKNOWN]);
});

test("a closing server says NOT_SERVING to whoever watches", async () => {
  await using health = await openHealth();
  health.server.setServing(true);
  const { told } = health.watch("");
  await expect.poll(() => told).toEqual([ServingStatus.SERVING]);
  await health.server.close(0);
  await expect.poll(() => told).toEqual([ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
});

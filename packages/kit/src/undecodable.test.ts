// Bytes that are no message: bad input, and the service goes on.

import { Client, credentials, status as Code, type ServiceError } from "@grpc/grpc-js";
import { HealthService } from "@hot-backup/proto/grpc/health/v1/health.ts";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./grpc-serve.ts";
import { openLog } from "./log.ts";

const garbage = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]);

async function openClient(): Promise<Client> {
  const log = openLog("test", { server: "test", level: "fatal" });
  const server = await serve("127.0.0.1:0", { services: [], log });
  const client = new Client(server.address, credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await server.close(0);
  });
  return client;
}

test("a unary request that cannot be decoded is INVALID_ARGUMENT", async () => {
  const client = await openClient();
  const error = await new Promise<ServiceError | null>((resolve) => {
    const { path } = HealthService.check;
    client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      String,
      garbage,
      (failure) => resolve(failure),
    );
  });
  expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
  expect(error?.details).toMatch(/request: cannot be decoded: ./);
});

test("a stream whose request cannot be decoded ends with INVALID_ARGUMENT", async () => {
  const client = await openClient();
  const error = await new Promise<ServiceError>((resolve) => {
    const { path } = HealthService.watch;
    const call = client.makeServerStreamRequest(path, (bytes: Buffer) => bytes, String, garbage);
    call.on("error", (failure: ServiceError) => resolve(failure));
  });
  expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
});

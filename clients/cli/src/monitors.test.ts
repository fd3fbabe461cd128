import { Metadata, type ServiceError, status as Code } from "@grpc/grpc-js";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import type { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, test } from "vitest";
import { askMonitors, findAmong, monitorOf } from "./monitors.ts";
import type { MonitorAt, Services } from "./services.ts";

/** A monitor that watches one server, or does not answer. */
function monitorAt(address: string, watched: string | undefined): MonitorAt {
  const getServer = (
    { serverId }: { serverId: string },
    _metadata: unknown,
    _options: unknown,
    answer: (error: ServiceError | null, response?: unknown) => void,
  ) => {
    if (serverId === watched) answer(null, { server: { serverId } });
    else answer(failure(watched === undefined ? Code.UNAVAILABLE : Code.NOT_FOUND));
  };
  return { address, client: { getServer } as unknown as MonitorServiceClient };
}

function failure(code: Code): ServiceError {
  const details = code === Code.UNAVAILABLE ? "connect ECONNREFUSED m:9" : "no such server";
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}

const servicesOf = (...monitors: MonitorAt[]) => ({ monitors }) as unknown as Services;
const a = monitorAt("m:1", "primary-a");
const b = monitorAt("m:2", "primary-b");
const away = monitorAt("m:9", undefined);

test("what is asked of one server goes to the monitor that watches it", async () => {
  expect(await monitorOf(servicesOf(a, b), "primary-b")).toBe(b);
  expect(await monitorOf(servicesOf(a, away, b), "primary-a")).toBe(a);
});

test("the only monitor of a profile is asked, whatever it watches", async () => {
  expect(await monitorOf(servicesOf(a), "primary-b")).toBe(a);
});

test("while a monitor is away nobody says that a server is not watched", async () => {
  await expect(monitorOf(servicesOf(a, away), "primary-b")).rejects.toMatchObject({
    exitCode: 3,
    message: "Cannot tell primary-b: nothing listens at m:9",
  });
  await expect(monitorOf(servicesOf(a, b), "primary-c")).rejects.toMatchObject({ exitCode: 1 });
});

test("where two monitors watch one server, somebody has to choose", async () => {
  const twin = monitorAt("m:3", "primary-a");
  await expect(monitorOf(servicesOf(a, twin), "primary-a")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("m:1, m:3"),
  });
});

test("one that is away hides nothing of the others, but alone it is the whole answer", async () => {
  const isAway = (client: MonitorServiceClient) => client === away.client;
  const ask = (client: MonitorServiceClient) =>
    isAway(client)
      ? Promise.reject(new CallFailed("Cannot list", failure(Code.UNAVAILABLE)))
      : Promise.resolve("told");
  const { answers, silences } = await askMonitors(servicesOf(a, away), ask);
  expect(answers.map(({ monitor, value }) => [monitor.address, value])).toEqual([["m:1", "told"]]);
  expect(silences.map(({ monitor }) => monitor.address)).toEqual(["m:9"]);
  await expect(askMonitors(servicesOf(away), ask)).rejects.toMatchObject({ exitCode: 3 });
});

test("a refusal is no silence", async () => {
  const refuse = () => Promise.reject(new CallFailed("Cannot", failure(Code.NOT_FOUND)));
  await expect(askMonitors(servicesOf(a, b), refuse)).rejects.toMatchObject({ exitCode: 1 });
  await expect(findAmong(servicesOf(a, b), refuse)).rejects.toMatchObject({ exitCode: 1 });
});
